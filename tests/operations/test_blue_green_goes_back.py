"""A new slot that fails once Traefik leads to it: Traefik is led back, and the old proxy serves as it did."""

from __future__ import annotations

import os
import signal

import pytest

from ccdeploy.errors import DeployFailed
from tests.operations.at_command import at_command
from tests.support.promises import Promises
from tests.support.slots import new_slot, runs
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio
from tests.support.waiting import until


def end(studio: Studio, pid: int, how: signal.Signals) -> None:
    """End a proxy of the host by a signal, and wait until it is gone."""
    os.kill(pid, how)
    until(lambda: not runs(studio, pid), f"pid {pid} has ended")


def fails(studio: Studio, first: str | None, promises: Promises) -> DeployFailed:
    """Deploy a second config: exit 6, and the first release serves; return the error."""
    with promises, pytest.raises(DeployFailed, match=f"release {first} serves on port {studio.port}") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert caught.value.exit_code == 6
    assert studio.history[-1]["outcome"] == "failed"
    return caught.value


@pytest.mark.parametrize("step", ["verify", "record"])
def test_a_new_slot_that_ends_by_itself_is_noticed_by_nobody(green: Studio, step: str) -> None:
    """It answers what it has, and Traefik falls back to the old one for the rest."""
    first, old = green.deployed("coder").release, green.pid()
    green.when(step, lambda: end(green, new_slot(green), signal.SIGTERM))
    promises = green.watched()
    error = fails(green, first, promises)
    promises.kept(served={"coder"}, release=first)
    assert (error.result or {})["downtime_ms"] == 0
    assert green.pid() == old


def test_a_new_slot_that_is_killed_under_load_loses_only_what_it_had(green: Studio) -> None:
    """Nobody can save an answer that is half given by a process that is killed: every other request is served."""
    green.misbehave({"stream_s": 60})
    first, old = green.deployed("coder").release, green.pid()
    inside = Stream(green.entry["traefik"]["url"], KEY, "coder")

    def kill() -> None:
        inside.__enter__()
        inside.wait_for_chunks(1)
        end(green, new_slot(green), signal.SIGKILL)

    green.when("verify", kill)
    promises = green.watched()
    fails(green, first, promises)
    assert "cut" in str(inside.finished())
    assert promises.probe.outages == [], "what it had not begun to answer is sent once more, to the old one"
    promises.kept(served={"coder"}, release=first, user_traffic=True)
    assert green.pid() == old


def test_a_new_slot_that_dies_in_the_moment_of_the_record_is_not_recorded(
    green: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was verified, and is gone: the script that records looks once more."""
    first = green.deployed("coder").release
    at_command(monkeypatch, "record the attempt", lambda: end(green, new_slot(green), signal.SIGTERM))
    promises = green.watched()
    error = fails(green, first, promises)
    promises.kept(served={"coder"}, release=first)
    assert "the new proxy ended right after it was verified" in error.message


def test_a_stream_that_the_new_slot_took_ends_before_it_does(green: Studio) -> None:
    """Whoever was led to it has a good answer on the way: the release is bad, the stream need not be cut."""
    first = green.deployed("coder").release
    green.misbehave({"stream_s": 2})
    stream = Stream(green.entry["traefik"]["url"], KEY, "coder")

    def fail_with_a_stream_on_the_way() -> None:
        stream.__enter__()
        stream.wait_for_chunks(1)
        raise OSError("it is given up for another reason")

    green.when("verify", fail_with_a_stream_on_the_way)
    promises = green.watched()
    fails(green, first, promises)
    promises.kept(served={"coder"}, release=first, user_traffic=True)
    assert str(stream.finished()) == "complete, 20 chunks"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_old_slot_that_dies_meanwhile_is_started_again(green: Studio, how: signal.Signals) -> None:
    """The new one fails then: the way back is a boot, on the port that it served on."""
    first, old, port = green.deployed("coder").release, green.pid(), green.port

    def both() -> None:
        end(green, old, how)
        end(green, new_slot(green), how)

    green.when("verify", both)
    promises = green.watched()
    fails(green, first, promises)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert green.pid() != old
    assert green.port == port
    green.at = lambda event: None
    assert green.deploy("second").outcome == "deployed"


def test_an_old_slot_that_is_gone_comes_before_the_streams_of_the_new_one(green: Studio) -> None:
    """They may take minutes, in which nobody would serve."""
    enough = endless(green)
    first, old = green.deployed("coder").release, green.pid()
    stream = Stream(green.entry["traefik"]["url"], KEY, "coder")
    seen = list[bool]()

    def see() -> None:
        seen.append(stream.is_over)
        enough.touch()

    def fail_with_a_stream_on_the_way() -> None:
        stream.__enter__()
        stream.wait_for_chunks(1)
        end(green, old, signal.SIGKILL)
        green.when("verify-rollback", see)
        raise OSError("it is given up for another reason")

    green.when("verify", fail_with_a_stream_on_the_way)
    promises = green.watched()
    fails(green, first, promises)
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first, user_traffic=True)
    assert seen == [False]
    assert stream.finished().is_complete


def test_an_old_slot_that_dies_is_no_fault_of_the_new_one(green: Studio) -> None:
    """It would have ended a moment later."""
    green.deployed("coder")
    old = green.pid()
    green.when("verify", lambda: end(green, old, signal.SIGTERM))
    with green.watched() as promises:
        attempt = green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, release=attempt.release)
