"""The simulated scheduler against what Ollama's own one did on recorded traffic."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import replay
from ccdeploy.ollama.trace import Request, Trace, traces

CASES = Path(__file__).parents[1] / "cases" / "traces"
WITHIN_S = 0.05  # the scheduler polls every 10 ms in places, and so did the recording
LINES = [line for name in ("incident.jsonl", "random.jsonl") for line in (CASES / name).read_text().splitlines()]
ONE_GIB = 2**30


def _names(line: str) -> str:
    return str(json.loads(line)["name"])


@pytest.mark.parametrize("line", LINES, ids=map(_names, LINES))
def test_what_ollama_did_is_what_is_simulated(line: str) -> None:
    """A plan is worth what its scheduler is: every event in its order, every wait, within the polls of 10 ms."""
    (trace,) = traces(line)
    expected = json.loads(line)["expected"]
    got = replay(trace).to_json()
    assert _order(got["events"]) == _order(expected["events"])
    for ours, theirs in zip(_sorted(got["events"]), _sorted(expected["events"]), strict=True):
        assert ours["at_s"] == pytest.approx(theirs["at_s"], abs=WITHIN_S)
    assert [one["outcome"] for one in got["requests"]] == [one["outcome"] for one in expected["requests"]]
    for ours, theirs in zip(got["requests"], expected["requests"], strict=True):
        assert ours["waited_s"] == (
            None if theirs["waited_s"] is None else pytest.approx(theirs["waited_s"], abs=WITHIN_S)
        )


def test_all_recorded_traces_are_there() -> None:
    """A comparison with no trace would agree with anything."""
    assert len(LINES) == 160
    assert sum(len(json.loads(line)["expected"]["events"]) for line in LINES) > 10_000


def _sorted(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(events, key=lambda event: (event["at_s"], event["event"], event["blob"]))


def _order(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["event"], event["blob"]) for event in _sorted(events)]


SMALL = Model("small", "sha256-a", file_bytes=ONE_GIB, layers=1, heads=1, kv_heads=1, embedding=1, load_s=1.0)
OTHER = Model("other", "sha256-b", file_bytes=ONE_GIB, layers=1, heads=1, kv_heads=1, embedding=1, load_s=1.0)
SERVER = Server("0.33.0", gpu_total_bytes=100 * ONE_GIB)


def trace_of(*requests: Request, server: Server = SERVER) -> Trace:
    """Return a trace over the two models."""
    return Trace("made up", server, {"small": SMALL, "other": OTHER}, requests)


def test_a_request_without_patience_has_no_place_in_a_full_queue() -> None:
    """Ollama answers 503 when OLLAMA_MAX_QUEUE requests wait; the one that is being scheduled is not among them."""
    server = replace(SERVER, max_queue=1)
    found = replay(trace_of(*(Request(n / 100, "small", 4096) for n in range(3)), server=server))
    assert [answer.outcome for answer in found.answers] == ["served", "served", "rejected"]


def test_a_load_of_unknown_time_is_reckoned_from_the_file() -> None:
    """Half a minute for a model of 66 GB is nearer the truth than none."""
    model = replace(SMALL, load_s=None, file_bytes=66_000_000_000)
    found = replay(Trace("made up", SERVER, {"small": model}, (Request(0.0, "small", 4096),)))
    assert found.answers[0].waited_s == 30.0


def test_nobody_asks_and_nothing_happens() -> None:
    """A trace without requests is no fault."""
    assert replay(trace_of()).to_json() == {"name": "made up", "events": [], "requests": []}


def test_a_keep_alive_of_for_ever_never_ends() -> None:
    """Nor does an endless one end the simulation never."""
    found = replay(trace_of(Request(0.0, "small", 4096, keep_alive_s=float("inf"))))
    assert [one.word for one in found.happenings] == ["load", "loaded"]


def test_an_event_says_why() -> None:
    """A person reads the cause, and who it was done for."""
    found = replay(trace_of(Request(0.0, "small", 4096), Request(5.0, "small", 8192), Request(9.0, "small", 8192, 0.0)))
    whys = [(event["event"], event["why"]) for event in found.to_json()["events"]]
    assert ("unload", "options for small: num_ctx 4096 -> 8192") in whys
    assert ("unload", "keep_alive: 0 s") in whys
