"""Lint against the case files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.findings import Severity
from ccdeploy.litellm.config import parse_config
from ccdeploy.litellm.lint import RULES, boot_refusals, lint, lint_for_deploy, unset_references
from ccdeploy.litellm.lint_models import is_keep_alive
from ccdeploy.ollama.keepalive import keep_alive_s
from tests.litellm.cases import CASES, FOLDER, Case, case

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "litellm"


@pytest.mark.parametrize("example", CASES, ids=lambda c: c.name)
def test_each_case_has_exactly_the_findings_that_it_names(example: Case) -> None:
    """A rule that misses its case, or cries wolf in another one, is a defect."""
    findings = lint(example.files, example.main, example.main)
    assert sorted((f.code, f.where or "") for f in findings) == list(example.expected)


@pytest.mark.parametrize("example", CASES, ids=lambda c: c.name)
def test_every_finding_has_the_severity_of_its_rule_and_reads_like_a_sentence(example: Case) -> None:
    """People act on the sentence: it starts lower-case after the place and ends without a full stop."""
    for finding in lint(example.files, example.main, example.main):
        assert finding.severity is RULES[finding.code][0]
        assert not finding.message.endswith(".")
        assert finding.message.strip()


def test_every_rule_of_the_config_has_a_case() -> None:
    """A rule without a case is a rule that nobody has seen at work."""
    shown = {code for example in CASES for code, _ in example.expected}
    # These are shown by the tests of yamltext, which need bytes that no YAML file should hold.
    assert {code for code in RULES if code not in shown} == {
        "yaml-empty", "yaml-encoding", "yaml-control-character", "yaml-value", "yaml-documents", "yaml-too-large",
    }  # fmt: skip


def test_no_finding_shows_a_secret() -> None:
    """Findings end up in CI logs."""
    example = case("literal-secrets")
    assert "made-up" not in "".join(map(str, lint(example.files, example.main, example.main)))


@pytest.mark.parametrize("name", ["tdd-pipeline", "two-model", "large-context"])
def test_the_shipped_configs_have_nothing_to_find(name: str) -> None:
    """They are the examples that people copy."""
    data = (SHIPPED / f"{name}.yaml").read_bytes()
    config = parse_config({"c.yaml": data}, "c.yaml", name)
    assert lint({"c.yaml": data}, "c.yaml", name) == []
    assert config.health_is_harmless
    assert not config.calls_models_at_boot
    assert boot_refusals(config) == []


def test_the_config_that_thrashed_is_warned_of_and_its_boot_is_refused() -> None:
    """`check` explains it; a deploy would sweep over three models that do not fit together."""
    data = (SHIPPED / "initial-thrashing.yaml").read_bytes()
    findings = lint({"c.yaml": data}, "c.yaml", "c.yaml")
    assert [(f.severity, f.code) for f in findings] == [(Severity.WARNING, "background-checks")]
    refusals = lint_for_deploy(parse_config({"c.yaml": data}, "c.yaml", "c.yaml"))
    assert [(f.severity, f.code) for f in refusals] == [(Severity.ERROR, "background-checks")]


def test_unset_references_are_told_with_the_line_that_needs_them() -> None:
    """LiteLLM resolves them to nothing, and then starts `ollama serve` or refuses to boot."""
    data = (SHIPPED / "two-model.yaml").read_bytes()
    config = parse_config({"c.yaml": data}, "c.yaml", "c.yaml")
    assert unset_references(config, ["OLLAMA_API_BASE", "LITELLM_MASTER_KEY"]) == []
    found = unset_references(config, ["LITELLM_MASTER_KEY"])
    assert {f.code for f in found} == {"env-unset"}
    assert [
        data.decode().splitlines()[int((f.where or "").split(":")[1]) - 1].split(":")[0].strip() for f in found
    ] == [
        "api_base",
        "api_base",
    ]


def test_a_master_key_that_the_config_does_not_name_has_to_be_in_the_environment() -> None:
    """LiteLLM reads LITELLM_MASTER_KEY by itself, and refuses to start without."""
    data = b"model_list: [{model_name: a, litellm_params: {model: openai/a}}]\ngeneral_settings: {alerting: []}\n"
    config = parse_config({"c.yaml": data}, "c.yaml", "c.yaml")
    assert [f.where for f in unset_references(config, [])] == ["c.yaml:2"]
    assert unset_references(config, ["LITELLM_MASTER_KEY"]) == []


@pytest.mark.parametrize(
    "value", ["-1", "30", "30m", "-1m", "1h30m", "", "forever", "1.5h", "0", "5 m", ".5s", True, 30, -1, 0.5]
)
def test_lint_and_ollama_agree_on_keep_alive(value: object) -> None:
    """The two rooms are strangers, so both know the grammar; they must know the same."""
    try:
        keep_alive_s(value)
        accepted = True
    except ValueError:
        accepted = False
    assert is_keep_alive(value) is accepted


def test_lint_never_raises_for_a_prefix_of_a_config() -> None:
    """A file that is cut off, such as by a full disk, must end in findings."""
    data = (FOLDER / "misplaced-keys.yaml").read_bytes()
    for end in range(0, len(data), 7):
        lint({"c.yaml": data[:end]}, "c.yaml", "c.yaml")


@pytest.mark.parametrize("value", ["null", "1", "text", "[]", "[1, null]", "{}", "{1: 2}", "true", "2024-01-01"])
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "model_list: {}",
        "model_list: [{}]",
        "model_list: [{{model_name: {0}, litellm_params: {0}, model_info: {0}}}]",
        "model_list: [{{model_name: a, litellm_params: {{model: ollama_chat/a, num_ctx: {0}, keep_alive: {0}}}}}]",
        "model_list: [{{model_name: a, litellm_params: {{model: ollama_chat/a, api_base: {0}}}}}]",
        "model_list: [{{model_name: a, litellm_params: {{model: a}}, model_info: {{phases: {0}, agents: {0}}}}}]",
        "general_settings: {0}\nlitellm_settings: {0}\nrouter_settings: {0}\ninclude: {0}",
        "general_settings: {{master_key: {0}, health_check_interval: {0}, background_health_checks: {0}}}",
        "general_settings: {{background_health_check_model_groups: {0}}}",
        "router_settings: {{model_group_alias: {0}, fallbacks: {0}, default_fallbacks: {0}, routing_groups: {0}}}",
        "router_settings: {{model_group_alias: {{a: {0}}}, fallbacks: [{0}, {{a: {0}}}], routing_groups: [{0}]}}",
    ],
)
def test_a_value_of_any_type_anywhere_ends_in_findings(frame: str, value: str) -> None:
    """No traceback reaches a user, whatever a file holds."""
    text = (frame.format(value) if frame != "{}" else value).replace("model_list: {}", f"model_list: {value}")
    lint({"c.yaml": text.encode()}, "c.yaml", "c.yaml")
