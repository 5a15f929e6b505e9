"""The text of a plan and of a replay."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from ccdeploy.findings import error, note
from ccdeploy.report.look import Look
from ccdeploy.report.plan import plan_lines, replay_lines
from ccdeploy.results import PhasePlan, Plan, PlannedCaller, Replays
from tests.report.planned import CODER, EVICTED, FITS, UNKNOWN, plan, thrashing

LOOK = Look(has_unicode=True)


def lines(made: Plan, look: Look = LOOK) -> list[str]:
    """Return the text of a plan."""
    return plan_lines(made, look)


def test_a_phase_tells_its_models_what_they_take_and_from_when_on_it_is_stable() -> None:
    """The figures come first, as a table that can be read aloud; pictures follow."""
    shown = lines(plan(FITS))
    assert shown[:8] == [
        "tdd in 40.0 GB of memory (by --memory), as Ollama 0.33.0 decides",
        "",
        "✓ phase 1: stable",
        "  model      context  keep_alive  weights  KV      buffers  total    for",
        "  coder:32b  8192     default     20.0 GB  8.0 GB  2.0 GB   30.0 GB  for-coder:32b",
        "  fast:7b    8192     default     5.0 GB   2.0 GB  1.0 GB   8.0 GB   for-fast:7b",
        "  together 38.0 GB of 40.0 GB; stable from 40.0 GB on",
        "  with one request for each every 30.0 s: 2 loads an hour, 14.0 s of it lost",
    ]
    assert [line.split(":")[0] for line in shown if line.startswith(("  memory", "  one hour"))] == [
        "  memory", "  one hour",
    ]  # fmt: skip


def test_pictures_stand_apart_from_text_and_from_each_other() -> None:
    """Each begins after an empty line, and none is followed by two."""
    shown = lines(plan(FITS, thrashing()))
    before = [shown[place - 1] for place, line in enumerate(shown) if line.startswith(("  memory:", "  one hour:"))]
    assert before == [""] * 4
    assert not any(one == two == "" for one, two in pairwise(shown))


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        (replace(thrashing(), minimum_bytes=None), "together 58.0 GB of 40.0 GB; no memory makes it stable"),
        (PhasePlan(1, "unknown", (CODER, UNKNOWN)), "together not known of 40.0 GB; the least memory is not known"),
        (EVICTED, "  fast:7b evicts coder:32b (room: 8.0 GB expected, 2.0 GB to be had)"),
        (EVICTED, '  preload: curl -d \'{"model": "fast:7b"}\' http://127.0.0.1:11434'),
        (PhasePlan(1, "unknown", (UNKNOWN,), missing=("new:1b: layers",)), "missing: new:1b: layers"),
        (replace(FITS, lost_s_per_hour=0.0), "with one request for each every 30.0 s: 2 loads an hour"),
        (replace(FITS, models=(replace(CODER, keep_alive_s=-1.0),)), "8192     for ever"),
        (replace(FITS, models=(replace(CODER, keep_alive_s=1800.0),)), "8192     30 min"),
        (replace(FITS, models=(replace(CODER, num_ctx_tokens=None),)), "coder:32b  ?"),
    ],
)
def test_a_phase_says_what_there_is_to_say(phase: PhasePlan, says: str) -> None:
    """What is None is unknown, never zero; and who goes for whom is told with what prevents it."""
    assert any(says in line for line in lines(plan(phase)))


def test_a_config_without_phases_is_all_aliases() -> None:
    """ "phase None" would be a word of ours."""
    assert "✓ all aliases: stable" in lines(plan(replace(FITS, phase=None)))


def test_a_memory_that_is_not_known_is_said_at_the_top() -> None:
    """Every verdict hangs on it."""
    assert lines(plan(memory_gb=None))[0] == "tdd in a memory that is not known, as Ollama 0.33.0 decides"


def test_who_else_calls_models_and_the_findings_come_last() -> None:
    """A remedy stands on a line of its own, to be copied."""
    found = (error("thrash", "tdd.yaml:5", "phase 3 thrashes", "ask for less"), note("n", None, "no agent"))
    called = PlannedCaller("GET /health", 30.0, ("fast:7b",), 120.0)
    asked = PlannedCaller("checks", 300.0, ("new:1b",), None)
    assert lines(replace(plan(), callers=(called, asked), findings=found))[1:] == [
        "",
        "GET /health, every 30.0 s: 120 loads an hour, with nobody else at work",
        "",
        "checks, every 5 min: not known an hour, with nobody else at work",
        "",
        "✗ tdd.yaml:5: phase 3 thrashes [thrash]",
        "  → ask for less",
        "· no agent [n]",
    ]


def test_a_replay_tells_each_event_and_how_the_requests_ended() -> None:
    """The sum comes first: how many loads, and whether anybody waited in vain."""
    events = [{"at_s": 0.5, "event": "load", "model": "a", "why": "asked"}]
    ended = [{"waited_s": 1.0, "outcome": "served"}, {"waited_s": None, "outcome": "gave_up"}]
    told = replay_lines(Replays(({"name": "one", "events": events, "requests": ended},)))
    assert told == ["one: 1 load; 1 served, 1 gave up", "  at (s)  event  model  why", "  0.500   load   a      asked"]
    assert replay_lines(Replays(({"name": "", "events": [], "requests": []},)))[0] == "the trace: 0 loads; no requests"
