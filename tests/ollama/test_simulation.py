"""The simulated scheduler against what Ollama's own one did on recorded traffic."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import Answered, replay
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


def test_a_client_that_has_left_when_it_arrives_gets_nothing() -> None:
    """Rule 2.7: it is dropped in the queue, and neither loads the model nor keeps it."""
    found = replay(trace_of(Request(0.0, "small", 4096, gives_up_after_s=0.0)))
    assert (found.answers[0].outcome, found.happenings) == ("gave_up", ())
    found = replay(trace_of(Request(0.0, "small", 4096), Request(5.0, "small", 4096, -1.0, gives_up_after_s=0.0)))
    assert found.answers[1] == Answered(None, "gave_up")
    assert [(one.at_s, one.word) for one in found.happenings] == [(0, "load"), (1, "loaded"), (301, "unload")]


def test_events_keep_their_order_within_a_millisecond() -> None:
    """They were recorded to 0.1 ms: a load that follows an unload is not sorted before it."""
    requests = (Request(0.0, "small", 4096, 0.0), Request(1.0002, "other", 4096))
    events = replay(trace_of(*requests)).to_json()["events"]
    assert [(one["at_s"], one["event"]) for one in events[1:4]] == [(1.0, "loaded"), (1.0, "unload"), (1.0002, "load")]


def test_requests_need_not_be_in_order() -> None:
    """They are answered in the order of the file, whenever they arrive."""
    found = replay(trace_of(Request(10.0, "small", 4096), Request(0.0, "other", 4096, duration_s=2.0)))
    assert [one.effect.model for one in found.happenings if one.word == "load"] == ["other", "small"]
    assert [answer.waited_s for answer in found.answers] == [1.0, 1.0]


@pytest.mark.parametrize("before", [0, 3])
def test_what_happens_at_one_instant_does_not_depend_on_how_much_came_before(before: int) -> None:
    """Ollama leaves it to chance whether a load is up when its client leaves at that moment; here it is up."""
    earlier = (Request(0.1 * n, "other", 4096) for n in range(before))
    last = Request(10.0, "small", 4096, duration_s=5.0, gives_up_after_s=1.0)
    assert replay(trace_of(*earlier, last)).answers[-1] == Answered(1.0, "gave_up")


def test_who_leaves_in_a_full_queue_keeps_the_place() -> None:
    """Rule 2.6: the next one is turned away still, and whoever left is dropped when it would be served."""
    server = replace(SERVER, max_queue=1)
    requests = (
        Request(0.0, "small", 4096),
        Request(0.1, "other", 4096, gives_up_after_s=0.1),
        Request(0.5, "other", 4096),
        Request(2.0, "other", 4096),
    )
    found = replay(trace_of(*requests, server=server))
    assert [answer.outcome for answer in found.answers] == ["served", "gave_up", "rejected", "served"]
    assert [one.at_s for one in found.happenings if one.word == "load"] == [0.0, 2.0]


@pytest.mark.parametrize("keep_alive_s", [0.0, math.inf])
def test_the_keep_alive_of_the_server_holds_where_a_request_has_none(keep_alive_s: float) -> None:
    """0: gone at once, and loaded anew for the next; below zero, for ever."""
    server = replace(SERVER, keep_alive_s=keep_alive_s)
    found = replay(trace_of(Request(0.0, "small", 4096), Request(700.0, "small", 4096), server=server))
    loads = [one.at_s for one in found.happenings if one.word == "load"]
    unloads = [one.at_s for one in found.happenings if one.word == "unload"]
    assert (loads, unloads) == (([0.0, 700.0], [1.0, 701.0]) if keep_alive_s == 0 else ([0.0], []))


def test_in_a_memory_of_nothing_no_second_model_fits() -> None:
    """Rule 8.8: the first is loaded all the same."""
    found = replay(
        trace_of(Request(0.0, "small", 4096), Request(5.0, "other", 4096), server=replace(SERVER, gpu_total_bytes=0))
    )
    assert [one.word for one in found.happenings] == ["load", "loaded", "unload", "load", "loaded", "unload"]


@pytest.mark.parametrize("version", ["", "0.0.0", "main"])
def test_a_version_that_tells_nothing_is_the_newest(version: str) -> None:
    """By all of its rules: keys and values count for what is expected too."""
    models = {"small": replace(SMALL, kv_heads=8, embedding=128, layers=64, train_ctx_tokens=131_072), "other": OTHER}
    requests = (Request(0.0, "other", 4096), Request(5.0, "small", 131_072))
    newest, unknown = (
        replay(Trace("made up", Server(told, gpu_total_bytes=20 * ONE_GIB), models, requests)).to_json()
        for told in ("0.33.0", version)
    )
    assert unknown == newest
    assert "unload" in [event["event"] for event in newest["events"][:4]]


def test_a_model_whose_trained_context_is_not_known_takes_what_is_asked_for() -> None:
    """Its shape is known, so its keys and values are: the file alone would be too little."""
    small = replace(SMALL, kv_heads=8, embedding=128, layers=64)
    models = {"small": small, "other": OTHER}
    known = {"small": replace(small, train_ctx_tokens=131_072), "other": OTHER}
    requests = (Request(0.0, "other", 4096), Request(5.0, "small", 131_072))
    server = Server("0.33.0", gpu_total_bytes=20 * ONE_GIB)
    found, with_all = (replay(Trace("made up", server, m, requests)).to_json() for m in (models, known))
    assert found == with_all


@pytest.mark.parametrize(
    ("version", "gib", "tokens"),
    [("0.33.0", 22, 4096), ("0.33.0", 23, 32_768), ("0.33.0", 47, 131_072), ("0.12.0", 47, 4096)],
)
def test_a_request_that_names_no_context_gets_that_of_the_version_and_the_memory(
    version: str, gib: int, tokens: int
) -> None:
    """Rule 9.5: tiers, cut to what the model was trained for; before 0.15.5 there was one for all."""
    server = Server(version, gpu_total_bytes=gib * ONE_GIB)
    models = {"small": replace(SMALL, train_ctx_tokens=131_072)}
    found = replay(Trace("made up", server, models, (Request(0.0, "small"), Request(5.0, "small", tokens))))
    assert [one.word for one in found.happenings] == ["load", "loaded", "unload"]
