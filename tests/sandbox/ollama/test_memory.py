"""Who is in memory, who has to leave, and what the log says of it; in virtual time."""

from __future__ import annotations

import math

import pytest

from ccdeploy.sandbox.ollama.catalogue import CATALOGUE, Model, find_model
from ccdeploy.sandbox.ollama.durations import keep_alive_s
from ccdeploy.sandbox.ollama.memory import Memory

FAST = CATALOGUE["qwen-fast:latest"]
CODER = CATALOGUE["qwen2.5-coder:32b-instruct"]
QUALITY = CATALOGUE["qwen-quality-128k:latest"]
GB = 10**9


def ask(memory: Memory, model: Model, now: float, num_ctx: int = 4096, keep_alive: float = 300.0) -> list[str]:
    """Ask a model one short question, and return who had to leave for it."""
    memory.expire(now)
    left = []
    resident = memory.ready(model, num_ctx)
    while resident is None:
        found = memory.in_the_way(model, num_ctx)
        if found:
            left.append(found[0].model.name)
            memory.remove(found[0], found[1], "test", now)
        else:
            resident = memory.load(model, num_ctx, keep_alive, now)
    memory.begin(resident, keep_alive)
    memory.finish(resident, now)
    return left


def test_two_models_that_fit_stay_side_by_side() -> None:
    """It is what the deployed config counts on."""
    memory = Memory(32 * GB)
    for now in range(0, 200, 30):
        ask(memory, FAST, now, num_ctx=8192)
        ask(memory, CODER, now + 1, num_ctx=16_384)
    assert memory.loads == 2


def test_a_context_takes_memory_too() -> None:
    """At 32k the same two models do not fit into 32 GB: the file's size alone would not show it."""
    memory = Memory(32 * GB)
    ask(memory, FAST, 0, num_ctx=8192)
    assert ask(memory, CODER, 1, num_ctx=32_768) == [FAST.name]


def test_the_three_models_of_the_incident_throw_each_other_out() -> None:
    """A sandbox that did not thrash could not show that a deploy causes none."""
    memory = Memory(32 * GB)
    for now in range(0, 300, 30):
        for model in (FAST, CODER, QUALITY):
            ask(memory, model, now)
    assert memory.loads > 20


def test_a_model_that_is_larger_than_the_memory_is_loaded_alone() -> None:
    """Ollama runs a part of it on the CPU."""
    memory = Memory(32 * GB)
    ask(memory, FAST, 0)
    ask(memory, QUALITY, 1)
    assert list(memory.residents) == [QUALITY.name]


def test_another_context_of_the_same_model_reloads_it() -> None:
    """Two aliases over one model with different num_ctx reload each other with any memory."""
    memory = Memory(1000 * GB)
    ask(memory, FAST, 0, num_ctx=4096)
    assert ask(memory, FAST, 1, num_ctx=8192) == [FAST.name]
    assert [e.event for e in memory.events] == ["load", "reload", "load"]


def test_keep_alive_ends_at_its_moment_and_not_when_somebody_looks() -> None:
    """The log is evidence: its times must be those of the events."""
    memory = Memory(32 * GB)
    ask(memory, FAST, 10, keep_alive=60)
    memory.expire(69)
    assert FAST.name in memory.residents
    memory.expire(1000)
    assert (memory.events[-1].event, memory.events[-1].at_s) == ("expire", 70)


def test_keep_alive_zero_lets_the_model_go_with_the_last_request() -> None:
    """Two requests at once: the first that ends must not take the model from the second."""
    memory = Memory(32 * GB)
    resident = memory.load(FAST, 4096, 0, 0)
    memory.begin(resident, 0)
    memory.begin(resident, 0)
    memory.finish(resident, 1)
    assert FAST.name in memory.residents
    memory.finish(resident, 2)
    assert FAST.name not in memory.residents


def test_the_one_with_the_shortest_keep_alive_leaves_first() -> None:
    """Ollama does not ask who was used last."""
    memory = Memory(25 * GB)
    ask(memory, CATALOGUE["tiny:latest"], 0, keep_alive=3600)
    ask(memory, FAST, 1, keep_alive=60)
    assert ask(memory, CODER, 2, keep_alive=300) == [FAST.name]


def test_a_context_is_never_larger_than_the_model_was_trained_for() -> None:
    """Ollama clamps in silence: an alias called 128k may be none."""
    assert FAST.effective_num_ctx(131_072) == 32_768
    assert QUALITY.effective_num_ctx(131_072) == 131_072
    assert FAST.effective_num_ctx(None) == 4096


def test_a_name_without_a_tag_means_latest() -> None:
    """People write `qwen-fast`."""
    assert find_model("qwen-fast") is FAST
    assert find_model("qwen2.5-coder") is None
    assert find_model(None) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *[(None, 300), (0, 0), ("0", 0), (30, 30), (2.5, 2.5), ("30m", 1800), ("1h30m", 5400), ("500ms", 0.5)],
        *[(-1, math.inf), ("-1m", math.inf)],
    ],
)
def test_keep_alive_is_read_as_ollama_reads_it(value: object, seconds: float) -> None:
    """Configs hold all of these."""
    assert keep_alive_s(value) == seconds


@pytest.mark.parametrize("value", ["-1", "30", "soon", "5 m", "", True, [1]])
def test_a_keep_alive_that_ollama_refuses_is_refused(value: object) -> None:
    """The text "-1" without a unit is a mistake that real configs make."""
    with pytest.raises(ValueError, match="duration"):
        keep_alive_s(value)
