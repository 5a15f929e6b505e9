"""The plan of the incident's own configs, with the models that ship."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.litellm.config import Config, read_config
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.operations.inventory import known
from ccdeploy.operations.plan import Basis, plan
from ccdeploy.results import Plan
from ccdeploy.settings import load_models
from tests.ollama.planning.incident import LOADS

ROOT = Path(__file__).parents[3]
GIB = 2**30
FAST, CODER, QUALITY = "qwen-fast:latest", "qwen2.5-coder:32b-instruct", "qwen-quality-128k:latest"
SETS = (
    ((FAST, 4096), (CODER, 4096), (QUALITY, 4096)),
    ((FAST, 32768), (CODER, 32768), (QUALITY, 131072)),
    ((FAST, 4096), (CODER, 4096)),
    ((FAST, 8192), (CODER, 16384)),
    ((CODER, 16384), (FAST, 8192)),
    ((FAST, 32768), (CODER, 32768)),
)
CELLS = [(gib, asked, loads) for gib, row in LOADS.items() for asked, loads in zip(SETS, row, strict=True)]


def models() -> dict[str, Model]:
    """Return the models that ship, the third with the trained context that its name says, and the recorded blobs."""
    shipped = known(load_models((ROOT / "configs" / "models.yaml").read_bytes(), "configs/models.yaml"))
    blobs = {FAST: "sha256-0a7b", CODER: "sha256-1c32", QUALITY: "sha256-2d32"}
    found = {name: replace(model, blob=blobs[name]) for name, model in shipped.items()}
    found[QUALITY] = replace(found[QUALITY], train_ctx_tokens=131_072)
    return found


def config(text: str) -> Config:
    """Return a config."""
    return read_config({"config.yaml": text.encode()}, "config.yaml", "tdd.yaml")


def shipped(name: str) -> str:
    """Return the text of a config that ships."""
    return (ROOT / "configs" / "litellm" / f"{name}.yaml").read_text()


def planned(text: str, total_bytes: float) -> Plan:
    """Return the plan of a config in that much memory."""
    return plan(config(text), "tdd", Basis(models(), Server("0.33.0", int(total_bytes)), "a test"))


@pytest.mark.parametrize(("gib", "asked", "loads"), CELLS)
def test_every_cell_of_the_incidents_table_is_planned(
    gib: float, asked: tuple[tuple[str, int], ...], loads: int
) -> None:
    """What Ollama did is what the plan of the config says, models, contexts and memory as they were."""
    entries = "".join(
        f"  - model_name: m{n}\n    litellm_params: {{model: 'ollama_chat/{model}', num_ctx: {num_ctx}}}\n"
        for n, (model, num_ctx) in enumerate(asked)
    )
    (phase,) = planned(f"model_list:\n{entries}", gib * GIB).phases
    assert round(phase.loads_per_hour or 0) == loads


def test_the_config_of_the_incident_thrashes() -> None:
    """Which two, by which rule, how often: what nobody's tool would have said."""
    found = planned(shipped("initial-thrashing"), 32e9)
    assert found.exit_code == 3
    (phase,) = found.phases
    assert phase.verdict == "thrash"
    assert (QUALITY, CODER) in {(one.loads, one.evicts) for one in phase.evictions}
    said = [finding.message for finding in found.findings if finding.code == "thrash"]
    assert any(CODER in text and QUALITY in text and "360 loads an hour" in text for text in said)
    (caller,) = found.callers
    assert (caller.every_s, caller.loads_per_hour) == (30.0, 360.0)


@pytest.mark.parametrize(
    "harmless",
    [
        {"health_checks: true": "health_checks: true\n  background_health_check_model_groups: []"},
        {
            "background_health_checks: true": "background_health_checks: false\n"
            "  health_check_skip_disabled_background_models: true",
            "phases: [1]": "phases: [1]\n      disable_background_health_check: true",
        },
    ],
)
def test_with_the_settings_that_make_checks_harmless_they_load_nothing(harmless: dict[str, str]) -> None:
    """Whoever polls /health: the users' own requests remain."""
    text = shipped("initial-thrashing")
    for before, after in harmless.items():
        assert before in text
        text = text.replace(before, after)
    basis = Basis(models(), Server("0.33.0", 32_000_000_000), "a test", poll_s=30.0)
    assert plan(config(text), "tdd", basis).callers == ()


def test_polls_of_health_call_every_model_that_is_not_taken_out() -> None:
    """`background_health_checks: false` alone is not enough."""
    text = shipped("initial-thrashing").replace("background_health_checks: true", "background_health_checks: false")
    basis = Basis(models(), Server("0.33.0", 32_000_000_000), "a test", poll_s=30.0)
    (caller,) = plan(config(text), "tdd", basis).callers
    assert (caller.caller, caller.loads_per_hour) == ("polls of GET /health", 360.0)
    assert plan(config(text), "tdd", replace(basis, poll_s=None)).callers == ()


@pytest.mark.parametrize(
    ("contexts", "total_bytes", "verdict"),
    [
        (("16384", "8192"), 32e9, "order-dependent"),
        (("32768", "8192"), 32e9, "thrash"),
        (("16384", "8192"), 40 * GIB, "stable"),
        (("32768", "8192"), 40 * GIB, "stable"),
        (("32768", "8192"), 64 * GIB, "stable"),
    ],
)
def test_the_pipeline_holds_where_it_holds(contexts: tuple[str, str], total_bytes: float, verdict: str) -> None:
    """In 32 GB its first phase is safe at small contexts, and in one order only."""
    text = shipped("tdd-pipeline")
    text = text.replace("num_ctx: 16384", f"num_ctx: {contexts[0]}", 1).replace(
        "num_ctx: 8192", f"num_ctx: {contexts[1]}"
    )
    found = planned(text, total_bytes)
    assert [phase.verdict for phase in found.phases] == [verdict, "stable"]
    if verdict == "order-dependent":
        assert found.phases[0].order == (CODER, FAST)
        assert found.phases[0].preload[0] == (
            "curl -sS http://127.0.0.1:11434/api/generate -d "
            """'{"model": "qwen2.5-coder:32b-instruct", "keep_alive": -1, "options": {"num_ctx": 16384}}'"""
        )
        assert found.exit_code == 0
    else:
        assert found.exit_code == (3 if verdict == "thrash" else 0)


def test_the_agent_that_no_alias_covers_is_told() -> None:
    """The incident's list goes from 11 to 13."""
    messages = [finding.message for finding in planned(shipped("tdd-pipeline"), 32e9).findings]
    assert "no alias names agent 12" in messages


def test_an_alias_that_is_silently_not_128k_is_told() -> None:
    """Ollama gives what the model was trained for, and says so in its log alone."""
    text = shipped("large-context").replace(QUALITY, CODER)
    (finding,) = [one for one in planned(text, 96 * GIB).findings if one.code == "context-clamped"]
    assert "was trained for 32768 tokens, so 131072 are silently 32768" in finding.message


def test_a_trained_context_that_is_not_known_is_assumed_for_the_best_alone() -> None:
    """With all the context that is asked for a model takes the most: what fits then, fits; else it is unknown."""
    text = shipped("two-model").replace(FAST, QUALITY)
    shy = {**models(), QUALITY: replace(models()[QUALITY], train_ctx_tokens=None)}
    small = plan(config(text), "tdd", Basis(shy, Server("0.33.0", 48 * GIB), "a test"))
    large = plan(config(text), "tdd", Basis(shy, Server("0.33.0", 128 * GIB), "a test"))
    assert [small.phases[0].verdict, large.phases[0].verdict] == ["unknown", "stable"]
    assert small.phases[0].missing == (f"{QUALITY}: trained_context",)
