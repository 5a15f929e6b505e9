"""Configs as values, their includes, and what they promise."""

from __future__ import annotations

import json

import pytest

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding
from ccdeploy.litellm.config import Config, parse_config, read_config
from ccdeploy.litellm.endpoints import may_call_model
from ccdeploy.litellm.includes import gather, include_names, stray_names
from ccdeploy.litellm.promise import Promise, promise

ONE = "model_list: [{model_name: a, litellm_params: {model: ollama_chat/q, api_base: os.environ/BASE}%s}]\n"


def config(text: str, **others: str) -> Config:
    """The config in `text`, with includes by name (`models` is models.yaml)."""
    files = {"c.yaml": text.encode(), **{f"{name}.yaml": other.encode() for name, other in others.items()}}
    return parse_config(files, "c.yaml", "configs/c.yaml")


def test_a_deployment_knows_its_model_and_its_line() -> None:
    """Messages point at it, and Ollama is asked for it."""
    text = "model_list:\n- model_name: a\n  litellm_params:\n    model: ollama_chat/q:7b\n    num_ctx: 4096\n"
    (found,) = config(text).deployments
    assert (found.alias, found.provider, found.ollama_model) == ("a", "ollama_chat", "q:7b")
    assert (found.num_ctx, found.keep_alive, found.api_base) == (4096, None, None)
    assert found.where == "configs/c.yaml:2"


def test_a_model_with_slashes_keeps_them() -> None:
    """Only the provider is cut off: `hf.co/x/y` is one name in Ollama."""
    assert config(ONE.replace("ollama_chat/q", "ollama_chat/hf.co/x/y") % "").deployments[0].ollama_model == "hf.co/x/y"


def test_references_to_the_environment_are_found_where_litellm_resolves_them() -> None:
    """In mappings at any depth; right inside a list they stay text."""
    text = ONE % "" + "general_settings: {a: {b: os.environ/DEEP}, c: [os.environ/TEXT, {d: os.environ/INNER}]}\n"
    assert [(r.name, r.key_path) for r in config(text).env_references] == [
        ("BASE", "model_list.0.litellm_params.api_base"),
        ("DEEP", "general_settings.a.b"),
        ("INNER", "general_settings.c.1.d"),
    ]
    assert config(text).deployments[0].api_base_env == "BASE"


def test_included_models_know_their_own_file() -> None:
    """A message with the line of another file sends people to the wrong place."""
    both = config("include: [models.yaml]\n" + ONE % "", models="\n\n" + ONE.replace("name: a", "name: b") % "")
    assert [(d.alias, d.where) for d in both.deployments] == [("a", "configs/c.yaml:2"), ("b", "configs/models.yaml:3")]


def test_an_included_section_replaces_the_whole_one() -> None:
    """So does LiteLLM: nothing is merged inside a section."""
    merged = config("include: [s.yaml]\ngeneral_settings: {a: 1}\n" + ONE % "", s="general_settings: {b: 2}\n")
    assert merged.general_settings == {"b": 2}


def test_a_bundle_holds_the_includes_of_includes() -> None:
    """They are relative to the file that names them, or else to the main one."""
    disk = {
        "c.yaml": b"include: [parts/a.yaml, ../outside.yaml, /etc/passwd]\n",
        "parts/a.yaml": b"include: [b.yaml, root.yaml]\n",
        "parts/b.yaml": b"x: 1\n",
        "root.yaml": b"y: 1\n",
        "../outside.yaml": b"z: 1\n",
        "/etc/passwd": b"",
    }
    assert sorted(gather("c.yaml", disk.get)) == ["c.yaml", "parts/a.yaml", "parts/b.yaml", "root.yaml"]


@pytest.mark.parametrize("name", ["../a.yaml", "/etc/passwd", "~/a.yaml", "a/../../b.yaml", "a\n../../b", "a\x1b[2J"])
def test_what_no_release_can_hold_is_not_read_and_is_told(name: str) -> None:
    """A hand-made config.yaml is adopted with its includes: scripts would read, and write, where the names lead."""
    text = json.dumps({"include": ["in.yaml", name]}).encode()
    assert (include_names(text), stray_names(text)) == (["in.yaml"], [name])
    assert sorted(gather("c.yaml", {"c.yaml": text, "in.yaml": b"a: 1\n", name: b"b: 1\n"}.get)) == [
        "c.yaml",
        "in.yaml",
    ]
    found = parse_faults(text)
    assert {finding.code for finding in found} <= {"include-outside", "include-shape", "include-missing"}
    assert all(finding.message.isprintable() for finding in found)


def parse_faults(text: bytes) -> list[Finding]:
    """Return what is wrong with the includes of a config."""
    return [one for one in read_config({"c.yaml": text}, "c.yaml", "c.yaml").findings if one.code.startswith("include")]


def test_a_ring_of_includes_ends() -> None:
    """LiteLLM skips what it has read; so do we."""
    assert sorted(gather("c.yaml", {"c.yaml": b"include: [c.yaml]\n"}.get)) == ["c.yaml"]
    assert include_names(b"include: nonsense\n") == []


def test_a_config_that_cannot_be_read_is_refused_with_every_fault() -> None:
    """One report, not one fault a run."""
    with pytest.raises(Refused) as caught:
        config("model_list: [{}, 3]\ngeneral_settings: []\n")
    assert [f.where for f in caught.value.findings] == ["configs/c.yaml:1", "configs/c.yaml:1", "configs/c.yaml:2"]


def test_a_file_that_is_missing_altogether_is_refused() -> None:
    """0 bytes and no file are the same mistake here."""
    with pytest.raises(Refused, match="1 fault"):
        parse_config({}, "c.yaml", "c.yaml")


@pytest.mark.parametrize(
    ("settings", "info", "at_boot", "harmless"),
    [
        ("{}", "{}", False, False),
        ("{background_health_checks: false}", "{}", False, False),
        ("{background_health_checks: true}", "{}", True, False),
        ("{background_health_checks: true, background_health_check_model_groups: []}", "{}", False, True),
        ("{background_health_checks: true, background_health_check_model_groups: [a]}", "{}", True, False),
        ("{background_health_checks: true, health_check_interval: 0}", "{}", False, False),
        ("{background_health_checks: os.environ/X}", "{}", True, False),
        (
            "{health_check_skip_disabled_background_models: true}",
            "{disable_background_health_check: true}",
            False,
            True,
        ),
        ("{health_check_skip_disabled_background_models: true}", "{}", False, False),
        ("{}", "{disable_background_health_check: true}", False, False),
    ],
)
def test_only_the_two_ways_that_were_seen_to_hold_make_health_harmless(
    settings: str, info: str, at_boot: bool, harmless: bool
) -> None:
    """A /health that was wrongly called harmless would load every model."""
    found = config(ONE % f", model_info: {info}" + f"general_settings: {settings}\n")
    assert (found.calls_models_at_boot, found.health_is_harmless) == (at_boot, harmless)
    assert may_call_model("GET", "/health?model=a", found) is not harmless


def test_the_master_key_is_where_the_config_says() -> None:
    """Verify reads it from env_file under this name."""
    assert config(ONE % "").master_key_env == "LITELLM_MASTER_KEY"
    assert config(ONE % "" + "general_settings: {master_key: os.environ/OTHER}\n").master_key_env == "OTHER"
    assert config(ONE % "" + "general_settings: {master_key: literal}\n").master_key_env is None


def test_missing_and_unexpected_names_are_told_apart() -> None:
    """One means a dropped model, the other means that another config is served."""
    assert Promise(frozenset("ab")).compare(["b", "c"]) == (("a",), ("c",))


def test_a_wildcard_covers_names_and_demands_none() -> None:
    """LiteLLM expands it to names that it knows itself."""
    assert Promise(frozenset("a"), frozenset({"w/*"})).compare(["a", "w/llama2", "x/y"]) == ((), ("x/y",))


def test_a_deployment_of_a_team_is_not_promised() -> None:
    """/v1/models leaves it out for a key of no team."""
    assert promise(config(ONE % ", model_info: {team_id: t}")).names == frozenset()


@pytest.mark.parametrize(
    ("method", "path", "calls"),
    [
        ("GET", "/health/liveliness", False),
        ("GET", "/health/readiness/", False),
        ("GET", "/v1/models?x=1", False),
        ("GET", "/health", True),
        ("GET", "/health?model=a", True),
        ("POST", "/v1/chat/completions", True),
        ("POST", "/v1/models", True),
        ("GET", "/something/new", True),
    ],
)
def test_what_is_not_known_to_be_harmless_may_call_a_model(method: str, path: str, calls: bool) -> None:
    """The promise is that no model is loaded, so doubt counts as yes."""
    assert may_call_model(method, path) is calls
