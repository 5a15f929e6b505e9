"""The network goes in the middle: what is said, what serves, and that a plain second deploy succeeds."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest

from ccdeploy import app
from ccdeploy.errors import CommandFailed, ConnectFailed, ConnectionLost, DeployFailed
from ccdeploy.events import Warned
from tests.operations.at_command import at_command
from tests.support.cable import Cable
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio
from tests.support.waiting import until


def when_started(studio: Studio, name: str, do: Callable[[], None]) -> None:
    """Do something as soon as a proxy is started on the host: `shadow`, or the new `serving`."""
    state = studio.root / "run" / f"{name}.json"
    before = state.read_bytes() if state.exists() else b""

    def watch() -> None:
        until(lambda: state.exists() and state.read_bytes() != before, f"{name} is started")
        do()

    threading.Thread(target=watch, daemon=True).start()


def test_a_connection_lost_during_the_shadow_costs_nothing(studio: Studio, line: Cable) -> None:
    """The way comes back at once: the shadow is ended, and what serves is verified."""
    first = studio.deployed("coder").release
    studio.misbehave({"boot_s": 0.5})
    when_started(studio, "shadow", line.cut)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="without an exit status"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert_a_second_deploy_succeeds(studio)


def test_a_connection_lost_during_the_switch_goes_back(studio: Studio, line: Cable) -> None:
    """Nobody knows what the script on the host has done: asking it anew tells, and the previous release serves."""
    first = studio.deployed("coder").release
    studio.misbehave({"boot_s": 0.5, "only_port": studio.port})
    when_started(studio, "serving", line.cut)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="without an exit status"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert_a_second_deploy_succeeds(studio)


def test_a_host_that_is_gone_during_the_shadow_serves_what_it_served(studio: Studio, line: Cable) -> None:
    """Exit 4: nothing can be asked, and nothing was touched; the next deploy clears away."""
    first = studio.deployed("coder").release
    studio.misbehave({"boot_s": 0.5})
    when_started(studio, "shadow", line.close)
    with studio.watched() as promises, pytest.raises(ConnectFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    reach_again(studio)
    assert any("a shadow runs" in note for note in app.status(studio.project, None).notes)
    take_away_the_lock(studio)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert attempt.previous == first


def test_a_host_that_is_gone_during_the_switch_goes_back_by_itself(studio: Studio, line: Cable) -> None:
    """Exit 4: what serves cannot be known from here. The host sees to it, and the next deploy succeeds."""
    first = studio.deployed("coder").release
    studio.misbehave({"boot_s": 0.5, "only_port": studio.port})
    when_started(studio, "serving", line.close)
    with pytest.raises(ConnectionLost, match=f"goes back to release {first} by itself") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "status" in str(caught.value.hint)
    reach_again(studio)
    take_away_the_lock(studio)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, most_gaps=3, release=attempt.release)
    assert attempt.previous == first


def lose() -> None:
    """Be told that the connection is gone, when the host has done all that it was asked to."""
    raise ConnectionLost("studio: the SSH connection was lost")


def test_a_connection_lost_when_all_is_recorded_is_a_deploy(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host says that the release serves, verified: to go back from it would undo what went well."""
    studio.deployed("coder")
    ran = at_command(monkeypatch, "record the attempt", lose, "after")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert "record the attempt" in ran
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 0)
    assert any("the connection was lost" in note for note in attempt.notes)
    assert [line["outcome"] for line in studio.history] == ["deployed", "deployed"]


def test_a_script_that_was_killed_when_all_was_recorded_is_a_deploy(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has given the lock back: without that nobody could go back, and "nothing verified serves" would be wrong."""
    studio.deployed("coder")

    def be_killed() -> None:
        raise CommandFailed("studio: record the attempt ended with 137", status=137)

    at_command(monkeypatch, "record the attempt", be_killed, "after")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 0)
    assert any("the script was killed" in note for note in attempt.notes)


def test_a_connection_lost_at_the_record_still_lets_the_streams_end(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is still ours then, and is given back once the old proxy has finished."""
    studio.misbehave({"stream_s": 60})
    studio.deployed("coder")
    at_command(monkeypatch, "record the attempt", lose, "after")
    old = studio.pid()
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        studio.when("drain", lambda: os.kill(old, signal.SIGKILL))  # its last stream has ended
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    assert "drain" in studio.steps()
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    assert (attempt.outcome, studio.history[-1]["outcome"]) == ("deployed", "deployed")


@pytest.mark.parametrize("how", ["cut", "close"])
def test_a_connection_lost_while_streams_end_is_a_deploy_with_a_note(
    studio: Studio, line: Cable, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The release serves and is recorded; exit 4 would say that nobody knows."""
    studio.misbehave({"stream_s": 60})
    studio.deployed("coder")
    at_command(monkeypatch, "drain the old proxy", lambda: at_next_command(studio, getattr(line, how)))
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    assert (attempt.outcome, attempt.exit_code, attempt.release) == ("deployed", 0, studio.current)
    assert "whether the old proxy has ended its streams is not known" in attempt.notes[0]
    assert any(isinstance(event, Warned) and event.text == attempt.notes[0] for event in studio.events)
    assert studio.manifest()["state"] == "verified"
    assert (studio.history[-1]["release"] == studio.current) is (how == "cut")
    assert (studio.root / "lock").exists() is (how == "close")


def at_next_command(studio: Studio, do: Callable[[], None]) -> None:
    """Do something as soon as the host has begun another command."""
    before = studio.around.commands()

    def watch() -> None:
        until(lambda: studio.around.commands() > before, "the host has begun the command")
        do()

    threading.Thread(target=watch, daemon=True).start()


def reach_again(studio: Studio) -> None:
    """Let the network come back."""
    studio.entry["ssh"] = studio.around.way("asyncssh")
    studio.settle()


def take_away_the_lock(studio: Studio) -> None:
    """Do what a person does who does not want to wait until it lapses."""
    assert app.lock_status(studio.project, None).is_held
    app.lock_release(studio.project, None, force=True)


def assert_a_second_deploy_succeeds(studio: Studio) -> None:
    """The same command again, without any help."""
    studio.misbehave()
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restart_whose_switch_lost_the_connection_is_no_restart(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The record of the old process names the same release: it must not be taken for one of the new."""
    first = studio.deployed("coder").release
    pid = studio.pid()
    at_command(monkeypatch, "switch", lose, when)
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        app.restart(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=when == "after", most_gaps=2, release=first)
    assert (studio.pid() == pid) is (when == "before")
    assert studio.history[-1]["outcome"] == "failed"
