"""A config narrowed to one phase: what stays, what goes with a name that goes, and the lines that findings tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdeploy.errors import UsageFault
from ccdeploy.findings import errors_in
from ccdeploy.litellm.config import Config, parse_config, read_config
from ccdeploy.litellm.includes import gather
from ccdeploy.litellm.lint import lint_config
from ccdeploy.litellm.narrowed import Narrowed, narrowed
from ccdeploy.litellm.phases import phases
from ccdeploy.litellm.promise import promise
from tests.litellm.cases import CASES, Case

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "litellm"
NAME = "configs/litellm/tdd.yaml"


def row(name: str, *in_phases: int, model: str = "qwen-fast:latest") -> dict[str, Any]:
    """Return a deployment of these phases; of every one where none is given."""
    params = {"model": f"ollama_chat/{model}", "api_base": "http://127.0.0.1:11434"}
    info = {"phases": list(in_phases)} if in_phases else {}
    return {
        "model_name": name,
        "litellm_params": params,
        "model_info": info | {"disable_background_health_check": True},
    }


def config(*rows: dict[str, Any], **more: Any) -> Config:
    """Return a config with these deployments, and what else is wanted at its top."""
    general = {"master_key": "os.environ/LITELLM_MASTER_KEY", "health_check_skip_disabled_background_models": True}
    value = {"model_list": list(rows), **more, "general_settings": general | more.get("general_settings", {})}
    return parse_config({"c.yaml": yaml.safe_dump(value, sort_keys=False).encode()}, "c.yaml", NAME)


def says(found: Narrowed) -> dict[str, Any]:
    """Return what the text of a narrowed config says, by another reader."""
    return dict(yaml.safe_load(found.text))


TWO = (row("small", 1), row("large", 2, model="other:latest"), row("always"))


def test_the_names_of_the_phase_stay_and_those_of_every_phase() -> None:
    """An alias that names no phase is asked for in each, as `plan` takes it."""
    assert promise(narrowed(config(*TWO), 1).config).all_names == ("always", "small")
    assert promise(narrowed(config(*TWO), 2).config).all_names == ("always", "large")


def test_of_an_alias_with_several_deployments_those_of_the_phase_stay() -> None:
    """One name can be another model in each phase: that is what clients need change nothing for."""
    both = config(row("gpt-4", 1), row("gpt-4", 2, model="other:latest"))
    (left,) = narrowed(both, 2).config.deployments
    assert (left.alias, left.ollama_model) == ("gpt-4", "other:latest")


def test_the_phase_is_the_only_one_that_is_left() -> None:
    """A plan of the narrowed config judges the time that it is for, and no other."""
    found = narrowed(config(row("shared", 1, 2), row("large", 2)), 2).config
    assert [(phase.number, phase.aliases) for phase in phases(found)] == [(2, ("shared", "large"))]


def test_the_text_is_what_the_config_says_and_tells_where_it_is_from() -> None:
    """The bytes that are linted are the bytes that are uploaded, and a person may read them on the host."""
    found = narrowed(config(*TWO), 2)
    assert says(found) == found.config.merged.value
    assert found.text.startswith(b"# configs/litellm/tdd.yaml, narrowed to phase 2 by ccdeploy.")
    assert found.text == narrowed(config(*TWO), 2).text


@pytest.mark.parametrize(
    ("phase", "sentence"),
    [(3, f"{NAME} has no phase 3; it has 1 and 2"), (0, f"{NAME} has no phase 0; it has 1 and 2")],
)
def test_a_phase_that_there_is_not_is_told_with_those_that_there_are(phase: int, sentence: str) -> None:
    """A slip of the finger in a pipeline must not deploy a config without a model."""
    with pytest.raises(UsageFault) as caught:
        narrowed(config(*TWO), phase)
    assert caught.value.message == sentence


def test_three_phases_are_listed_as_one_says_them() -> None:
    """The sentence is read by a person."""
    with pytest.raises(UsageFault, match=r"it has 1, 2 and 3$"):
        narrowed(config(row("a", 1), row("b", 2), row("c", 3)), 4)


def test_a_config_without_phases_has_none_to_be_narrowed_to() -> None:
    """It says how a phase is written."""
    with pytest.raises(UsageFault, match="names no phases") as caught:
        narrowed(config(row("a")), 1)
    assert "phases: [1]" in str(caught.value.hint)


FALLBACKS = {
    "fallbacks": [
        {"small": ["always", "large"]},
        {"large": ["small"]},
        {"*": ["large", "always"]},
        {"always": "large"},
    ],
    "context_window_fallbacks": [{"small": [{"model": "large"}], "always": ["large"]}],
    "content_policy_fallbacks": [{"always": ["small"]}],
    "default_fallbacks": ["large", "always"],
}
ROUTER = {
    "model_group_alias": {"old": "large", "older": {"model": "old", "hidden": True}, "quick": "small", "own": "always"},
    "routing_groups": [
        {"group_name": "big", "models": ["large"], "routing_strategy": "simple-shuffle"},
        {
            "group_name": "ranked",
            "models": ["small", "large"],
            "routing_strategy": "priority",
            "model_priorities": {"small": 1, "large": 2},
        },
    ],
}


@pytest.mark.parametrize("section", ["litellm_settings", "router_settings"])
def test_fallbacks_lead_to_names_that_are_left(section: str) -> None:
    """A failed request that is sent to a name of another phase would load its model, or end in a worse error."""
    found = says(narrowed(config(*TWO, **{section: FALLBACKS}), 1))
    assert found[section] == {
        "fallbacks": [{"small": ["always"]}, {"*": ["always"]}],
        "content_policy_fallbacks": [{"always": ["small"]}],
        "default_fallbacks": ["always"],
    }


def test_further_names_go_with_the_name_that_they_lead_to() -> None:
    """LiteLLM answers for them with an error, and does not boot with a rank for a name that its group lacks."""
    found = says(narrowed(config(*TWO, router_settings=ROUTER), 1))["router_settings"]
    assert found["model_group_alias"] == {"quick": "small", "own": "always"}
    (group,) = found["routing_groups"]
    assert (group["models"], group["model_priorities"]) == (["small"], {"small": 1})
    fallbacks = {"fallbacks": [{"small": ["old", "big", "ranked", "quick"]}]}
    both = says(narrowed(config(*TWO, router_settings=ROUTER, litellm_settings=fallbacks), 1))
    assert both["litellm_settings"]["fallbacks"] == [{"small": ["ranked", "quick"]}]


def test_a_wildcard_of_the_phase_still_answers() -> None:
    """What is covered leads somewhere."""
    wild = (row("ollama_chat/*", 1), row("large", 2))
    fallbacks = {"fallbacks": [{"ollama_chat/a": ["large"]}, {"ollama_chat/b": ["ollama_chat/c"]}]}
    found = says(narrowed(config(*wild, litellm_settings=fallbacks), 1))
    assert found["litellm_settings"] == {"fallbacks": [{"ollama_chat/b": ["ollama_chat/c"]}]}
    assert "litellm_settings" not in says(narrowed(config(*wild, litellm_settings=fallbacks), 2))


def test_checks_of_no_group_stay_checks_of_no_group() -> None:
    """Without the list LiteLLM would check every model, which is to load every model."""
    checks = {"background_health_checks": True, "background_health_check_model_groups": ["large"]}
    found = narrowed(config(*TWO, general_settings=checks), 1).config
    assert found.general_settings["background_health_check_model_groups"] == []
    assert not errors_in(lint_config(found))


def test_the_one_model_of_all_requests_goes_with_its_phase() -> None:
    """Else each request of another phase would ask for a name that is away."""
    forced = config(*TWO, general_settings={"completion_model": "large"})
    assert "completion_model" not in narrowed(forced, 1).config.general_settings
    assert narrowed(forced, 2).config.general_settings["completion_model"] == "large"


def test_what_led_nowhere_before_is_left_for_lint_to_tell() -> None:
    """A slip of the pen is the author's to mend, not to be deployed around."""
    found = narrowed(config(*TWO, litellm_settings={"fallbacks": [{"small": ["lrage", "large"]}]}), 1).config
    assert [f.code for f in lint_config(found)] == ["fallback-unknown"]


def test_phases_that_cannot_be_read_stay_for_lint_to_tell() -> None:
    """`phases: [1, two]` would otherwise be gone from phase 2 without a word."""
    odd = row("odd", 1)
    odd["model_info"]["phases"] = [1, "two"]
    found = narrowed(config(*TWO, odd), 2).config
    assert [f.code for f in lint_config(found)] == ["phases-shape"]


def test_findings_tell_the_lines_of_the_files_that_a_person_can_edit(tmp_path: Path) -> None:
    """The narrowed text is on no disk of theirs, and what is included is in another file."""
    (tmp_path / "c.yaml").write_text(
        "model_list:\n"
        "  - {model_name: small, litellm_params: {model: openai/a}, model_info: {phases: [1]}}\n"
        "litellm_settings:\n"
        "  fallbacks:\n"
        "    - small: [large]\n"
        "    - large: [lrage, large2]\n"
        "include: [more.yaml]\n"
    )
    (tmp_path / "more.yaml").write_text(
        "model_list:\n"
        "  - {model_name: small2, litellm_params: {model: openai/a}, model_info: {phases: [1]}}\n"
        "  - {model_name: large, litellm_params: {model: openai/a, api_base: nowhere}, model_info: {phases: [2]}}\n"
        "  - {model_name: large2, litellm_params: {model: openai/b}, model_info: {phases: [2]}}\n"
    )
    files = gather("c.yaml", lambda path: (tmp_path / path).read_bytes() if (tmp_path / path).is_file() else None)
    found = narrowed(parse_config(files, "c.yaml", NAME), 2)
    assert "include" not in says(found)
    assert promise(found.config).all_names == ("large", "large2")
    places = {f.code: f.where for f in lint_config(found.config)}
    assert places["bad-api-base"] == "configs/litellm/more.yaml:3"
    assert places["fallback-unknown"] == f"{NAME}:6"


def _of_each_phase() -> list[tuple[str, int]]:
    shipped = {path.stem: parse(path) for path in sorted(SHIPPED.glob("*.yaml"))}
    return [(name, phase.number) for name, one in shipped.items() for phase in phases(one) if phase.number]


def parse(path: Path) -> Config:
    """Return a config of this project."""
    return parse_config({"c.yaml": path.read_bytes()}, "c.yaml", f"configs/litellm/{path.name}")


@pytest.mark.parametrize(("name", "phase"), _of_each_phase())
def test_the_shipped_configs_can_be_narrowed_to_each_of_their_phases(name: str, phase: int) -> None:
    """They are the examples that people copy: a phase of them has no fault that the whole has not."""
    whole = parse(SHIPPED / f"{name}.yaml")
    found = narrowed(whole, phase)
    assert {f.code for f in lint_config(found.config)} <= {f.code for f in lint_config(whole)}
    assert found.config.health_is_harmless == whole.health_is_harmless


@pytest.mark.parametrize("example", CASES, ids=lambda c: c.name)
def test_narrowing_adds_no_fault_to_any_case(example: Case) -> None:
    """Whatever a config is like: what it refers to is narrowed with it."""
    whole = read_config(example.files, example.main, example.main)
    numbers = [phase.number for phase in phases(whole) if phase.number]
    for number in numbers if not errors_in(whole.findings) else ():
        found = narrowed(whole, number).config
        assert {(f.code, f.where) for f in lint_config(found)} <= {(f.code, f.where) for f in lint_config(whole)}


NAMES = st.sampled_from(["a", "b", "c", "w/*", "w/x"])
ROWS = st.lists(st.tuples(NAMES, st.lists(st.integers(1, 3), max_size=2)), min_size=1, max_size=5)
LEADS = st.lists(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=2), max_size=3)


@settings(deadline=None)  # a config is read several times, on a machine that may be busy
@given(ROWS, LEADS, st.dictionaries(NAMES, NAMES, max_size=3), st.lists(NAMES, max_size=2))
def test_narrowing_is_done_once_and_leaves_no_loose_end(
    rows: list[tuple[str, list[int]]], leads: list[dict[str, list[str]]], aliases: dict[str, str], default: list[str]
) -> None:
    """Narrowed again it is the same bytes, and every name that it refers to is as well as it was."""
    router = {"model_group_alias": aliases, "fallbacks": leads, "default_fallbacks": default}
    whole = config(*(row(name, *numbers) for name, numbers in rows), router_settings=router)
    before = {f.message for f in lint_config(whole)}
    for number in {phase.number for phase in phases(whole) if phase.number}:
        found = narrowed(whole, number)
        again = narrowed(found.config, number)
        assert again.text == found.text
        assert again.config.whole is found.config.whole is whole
        loose = {f.message for f in lint_config(found.config) if f.code in ("fallback-unknown", "alias-unknown")}
        assert loose <= before
