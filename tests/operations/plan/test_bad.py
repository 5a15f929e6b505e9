"""Configs and figures that cannot be planned for as they are: a finding each, and never a crash."""

from __future__ import annotations

import pytest

from ccdeploy.litellm.config import read_config
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.operations.plan import Basis, plan
from ccdeploy.results import Plan

GIB = 2**30
SMALL = Model("small:latest", "sha256-a", GIB, 28, 28, 4, 3584, 128, 32_768)


def entry(alias: str, model: str, params: str = "", info: str = "") -> str:
    """Return one entry of model_list."""
    return f"  - model_name: {alias}\n    litellm_params: {{model: '{model}'{params}}}\n    model_info: {{{info}}}\n"


def planned(*entries: str, memory_bytes: int | None = 32 * GIB, models: dict[str, Model] | None = None) -> Plan:
    """Return the plan of a config with these entries."""
    text = "model_list:\n" + "".join(entries)
    config = read_config({"config.yaml": text.encode()}, "config.yaml", "tdd.yaml")
    there = {"small:latest": SMALL} if models is None else models
    return plan(config, "tdd", Basis(there, Server("0.33.0", memory_bytes), "a test"))


def test_a_model_that_is_not_in_the_inventory_is_unknown_not_zero() -> None:
    """It warns, names what to do, and refuses nothing."""
    found = planned(entry("a", "ollama_chat/small"), entry("b", "ollama_chat/huge:70b"))
    assert (found.phases[0].verdict, found.exit_code) == ("unknown", 0)
    assert found.phases[0].missing == ("huge:70b is not in models.yaml",)
    assert found.phases[0].minimum_bytes is None
    (finding,) = [one for one in found.findings if one.code == "plan-unknown"]
    assert "models --host" in (finding.hint or "")


def test_a_memory_that_is_not_known_is_unknown() -> None:
    """A share of RAM is not what Metal gives."""
    found = planned(entry("a", "ollama_chat/small"), memory_bytes=None)
    assert (found.phases[0].verdict, found.exit_code) == ("unknown", 0)
    assert "the memory of the host" in found.phases[0].missing


def test_two_contexts_of_one_model_are_found_without_any_figure() -> None:
    """They reload each other with any memory (ollama#10948)."""
    found = planned(
        entry("a", "ollama_chat/huge:70b", ", num_ctx: 8192"), entry("b", "ollama_chat/huge:70b", ", num_ctx: 4096")
    )
    assert (found.phases[0].verdict, found.exit_code) == ("thrash", 3)
    assert "ollama#10948" in found.findings[0].message


def test_aliases_of_a_cloud_take_no_memory() -> None:
    """They are no phase of this Ollama."""
    found = planned(entry("a", "openai/gpt-4o"))
    assert (found.phases[0].verdict, found.phases[0].models) == ("stable", ())


@pytest.mark.parametrize("num_ctx", ["0", "-5", "1000000000000", "'many'", "1.5", "true", "null", "[]"])
def test_a_nonsense_context_is_no_crash(num_ctx: str) -> None:
    """Lint says what is wrong with it."""
    assert planned(entry("a", "ollama_chat/small", f", num_ctx: {num_ctx}")).phases


@pytest.mark.parametrize("keep_alive", ["'-1'", "'soon'", "1e400", ".nan", "true", "[]", "-1", "'30m'"])
def test_a_nonsense_keep_alive_is_no_crash(keep_alive: str) -> None:
    """What Ollama refuses never arrives."""
    assert planned(entry("a", "ollama_chat/small", f", keep_alive: {keep_alive}")).phases


@pytest.mark.parametrize(
    "info", ["phases: []", "phases: [one]", "phases: 7", "agents: ['a-b', '9-1', '1-99999999999']"]
)
def test_nonsense_phases_and_agents_are_no_crash(info: str) -> None:
    """An alias without a phase belongs to each."""
    assert len(planned(entry("a", "ollama_chat/small", info=info)).phases) == 1


def test_an_empty_config_has_nothing_to_plan() -> None:
    """No alias, no model, no verdict but that nothing thrashes."""
    assert planned("  []\n").exit_code == 0


def test_a_phase_has_its_own_models_and_those_without_a_phase() -> None:
    """An alias that names none is asked for in each."""
    found = planned(
        entry("a", "ollama_chat/small", info="phases: [1]"),
        entry("b", "ollama_chat/other", info="phases: [3]"),
        entry("c", "ollama_chat/third"),
    )
    assert [(phase.phase, [m.model for m in phase.models]) for phase in found.phases] == [
        (1, ["small:latest", "third:latest"]),
        (3, ["other:latest", "third:latest"]),
    ]


def test_what_goes_to_another_ollama_takes_none_of_this_memory() -> None:
    """A literal address says so; one of the environment is not known here, and counts."""
    text = "model_list:\n" + entry("a", "ollama_chat/small", ", api_base: 'http://127.0.0.1:11434'")
    text += entry("b", "ollama_chat/other", ", api_base: 'http://192.0.2.7:11434'")
    text += entry("c", "ollama_chat/third", ", api_base: os.environ/OLLAMA")
    config = read_config({"config.yaml": text.encode()}, "config.yaml", "tdd.yaml")
    basis = Basis({"small:latest": SMALL}, Server("0.33.0", GIB), "a test", url="http://localhost:11434")
    assert [m.model for m in plan(config, "tdd", basis).phases[0].models] == ["small:latest", "third:latest"]
