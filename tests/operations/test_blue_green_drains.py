"""The old proxy of a blue-green deploy ends after its last request, whoever counts them."""

from __future__ import annotations

import pytest

from ccdeploy.events import StepMoved
from ccdeploy.operations import drain
from tests.support.slots import runs
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio


def test_an_old_slot_that_is_deaf_to_sigterm_is_killed(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has nothing in flight, so that nobody loses anything by it; a note says that it was so."""
    monkeypatch.setattr(drain, "PATIENCE_S", 1.0)
    green.misbehave({"deaf_to_sigterm": True})
    green.deployed("coder")
    green.misbehave()
    old = green.pid()
    with green.watched() as promises:
        attempt = green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code, attempt.downtime_ms) == ("deployed", 0, 0)
    (note,) = attempt.notes
    assert note == f"the proxy on port {green.spare} was deaf to SIGTERM and had to be killed; nothing was in flight"
    assert not runs(green, old)


def test_a_stream_that_outlasts_the_patience_is_cut_and_told(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """drain_timeout is a promise to whoever deploys; who loses something by it is said."""
    monkeypatch.setattr(drain, "PATIENCE_S", 1.0)
    green.entry["drain_timeout"] = "1s"
    green.settle()
    green.misbehave({"stream_s": 60})
    green.deployed("coder")
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        with green.watched() as promises:
            attempt = green.deploy(green.config("second", "coder", "fast"))
        assert "cut" in str(stream.finished())
    promises.kept(served={"coder", "fast"}, release=attempt.release, user_traffic=True)
    (note,) = attempt.notes
    assert note == f"streams were cut: the proxy on port {green.spare} had not ended them within drain_timeout"


@pytest.mark.parametrize("how", ["no counter", "workers"])
def test_without_a_counter_connections_tell_that_a_stream_runs(green: Studio, how: str) -> None:
    """An older LiteLLM has none, and one of several workers knows of its own requests only."""
    green.entry["drain_timeout"] = "3s"  # Traefik keeps its connections for longer, with nothing on them
    if how == "workers":
        green.entry["litellm_args"] = ["--num_workers", "2"]
    green.settle()
    enough = endless(green, no_backlog=how == "no counter")
    green.deployed("coder")
    green.at = lambda event: enough.touch() if isinstance(event, StepMoved) and event.step == "drain" else None
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        with green.watched() as promises:
            attempt = green.deploy(green.config("second", "coder", "fast"))
        assert stream.finished().is_complete
    promises.kept(served={"coder", "fast"}, release=attempt.release, user_traffic=True)
    assert (attempt.outcome, attempt.notes) == ("deployed", ())
    assert any(e.detail.endswith("in flight") for e in green.events if isinstance(e, StepMoved) and e.step == "drain")


def test_without_an_api_the_answers_tell_that_traefik_switched(green: Studio) -> None:
    """Its API is closed on most hosts: the header of an answer is enough, there and back."""
    del green.entry["traefik"]["api"]
    green.settle()
    green.misbehave({"stream_s": 2})
    first = green.deployed("coder").release
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        with green.watched() as promises:
            attempt = green.deploy(green.config("second", "coder", "fast"))
        assert str(stream.finished()) == "complete, 20 chunks"
    promises.kept(served={"coder", "fast"}, release=attempt.release, user_traffic=True)
    assert attempt.previous == first
