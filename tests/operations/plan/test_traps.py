"""Time-outs, retries and fallbacks that turn one request into several loads."""

from __future__ import annotations

import pytest

from ccdeploy.findings import Finding
from ccdeploy.litellm.config import read_config
from ccdeploy.litellm.lint import lint_config
from ccdeploy.ollama.server import Server
from ccdeploy.operations.plan import Basis, plan
from tests.ollama.planning.incident import CODER, FAST, GIB

MODELS = {model.name: model for model in (CODER, FAST)}
TEXT = """\
model_list:
  - model_name: big
    litellm_params: {{model: "ollama_chat/qwen2.5-coder:32b-instruct", num_ctx: 4096{params}}}
    model_info: {{phases: [1]{info}}}
  - model_name: small
    litellm_params: {{model: "ollama_chat/qwen-fast", num_ctx: 4096}}
    model_info: {{phases: [2]{info}}}
{more}
"""


def found(code: str, *, params: str = "", info: str = "", more: str = "", gib: float = 64) -> list[Finding]:
    """Return the findings with this code; 2 GB a second are loaded."""
    text = TEXT.format(params=params, info=info, more=more)
    config = read_config({"config.yaml": text.encode()}, "config.yaml", "tdd.yaml")
    basis = Basis(MODELS, Server("0.33.0", int(gib * GIB)), load_bytes_per_s=2e9)
    findings = [*plan(config, "tdd", basis).findings, *lint_config(config)]
    return [finding for finding in findings if finding.code == code]


@pytest.mark.parametrize(
    ("params", "more", "line"),
    [
        (", timeout: 5", "", 3),
        (", stream_timeout: 5", "", 3),
        ("", "litellm_settings: {request_timeout: 5}", 8),
        ("", "router_settings: {timeout: '5'}", 8),
    ],
)
def test_a_time_out_shorter_than_a_load_is_found_where_it_stands(params: str, more: str, line: int) -> None:
    """A load of 10 s that nobody waits for is ended, and begun again by each of the two retries."""
    (finding,) = found("timeout-short", params=params, more=more)
    assert finding.where == f"tdd.yaml:{line}"
    assert "9.9 s" in finding.message
    assert "3 loads for one request" in finding.message
    assert "num_retries: 0" in str(finding.hint)


def test_a_deployments_own_time_out_comes_before_that_for_all() -> None:
    """What LiteLLM does not use is not told; for streams it takes request_timeout all the same."""
    more = "router_settings: {timeout: 5, num_retries: 0}"
    assert found("timeout-short", more=more)
    assert not found("timeout-short", params=", timeout: 600", more=more)
    assert found("timeout-short", params=", timeout: 600", more="litellm_settings: {request_timeout: 5}")


@pytest.mark.parametrize("timeout", ["os.environ/LONG", "soon", "-1", "0", "null", "true", ".inf", "[]"])
def test_a_time_out_that_is_none_is_no_crash(timeout: str) -> None:
    """It is LiteLLM's to say what it takes for one."""
    assert not found("timeout-short", params=f", timeout: {timeout}")


def test_health_checks_that_leave_before_their_models_are_loaded_are_found() -> None:
    """The load is ended, and the next check begins it again."""
    more = "general_settings: {background_health_checks: true}"
    (finding,) = found("timeout-short", info=", health_check_timeout: 10", more=more)
    assert "health checks give up after 10 s" in finding.message
    assert not found("timeout-short", more=more)


@pytest.mark.parametrize(("gib", "evicts"), [(23.5, True), (64, False)])
def test_a_fallback_out_of_the_phase_is_a_load(gib: float, evicts: bool) -> None:
    """A request that fails should cost an error, not the models of all others."""
    (finding,) = found("fallback-loads", more="router_settings: {fallbacks: [{big: [small]}]}", gib=gib)
    assert finding.where == "tdd.yaml:8"
    assert "'small', which is not of this phase" in finding.message
    assert ("evicts qwen2.5-coder" in finding.message) is evicts


def test_a_circle_of_fallbacks_is_a_finding() -> None:
    """LiteLLM ends it after a few rounds; the models were loaded for each."""
    more = "router_settings: {fallbacks: [{big: [small]}, {small: [big]}]}"
    (finding,) = found("fallback-circular", more=more)
    assert "big → small → big" in finding.message
    assert found("fallback-circular", more="router_settings: {fallbacks: [{big: [big]}]}")
    assert not found("fallback-circular", more="router_settings: {fallbacks: [{big: [small]}]}")
