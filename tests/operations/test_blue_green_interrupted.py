"""Ctrl-C in a blue-green deploy, wherever it comes: nobody notices, and one of the two serves, verified."""

from __future__ import annotations

import signal
import threading

import pytest

from ccdeploy import app
from ccdeploy.errors import Interrupted
from ccdeploy.events import Event, StepMoved, StepStarted
from ccdeploy.operations import point
from ccdeploy.operations.work import Work
from ccdeploy.remote.dynamic import Dynamic
from ccdeploy.verify.probe import DowntimeProbe
from tests.operations.at_command import at_command
from tests.support.slots import runs
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio
from tests.support.waiting import until


def press() -> None:
    """Send Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def from_outside() -> None:
    """Send Ctrl-C as a terminal does: it reaches the main thread, whichever runs."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def interrupted(studio: Studio) -> Interrupted:
    """Deploy a second config by the way of the users, which Ctrl-C ends with 130; nobody notices; return the error."""
    with studio.watched() as promises, pytest.raises(Interrupted) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert not promises.probe.outages
    assert caught.value.exit_code == 130
    return caught.value


@pytest.mark.parametrize("step", ["shadow", "verify-shadow", "point", "verify", "record"])
def test_ctrl_c_before_the_record_leaves_the_old_one(green: Studio, step: str) -> None:
    """Until the new release is recorded, the old one is what one can count on."""
    first, old = green.deployed("coder").release, green.pid()
    green.when(step, press)
    error = interrupted(green)
    assert f"interrupted; release {first} serves on port {green.port}" in error.message
    assert (green.pid(), green.history[-1]["outcome"]) == (old, "interrupted")
    green.at = lambda event: None
    with green.watched() as promises:
        attempt = green.deploy("second")
    promises.kept(served={"coder", "fast"}, release=attempt.release)


def test_ctrl_c_while_traefik_is_waited_for_leads_it_back(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written, and Traefik may take it at any moment."""
    first = green.deployed("coder").release
    genuine, asked = point.is_shown, list[int]()

    def is_shown(work: Work, file: Dynamic) -> bool:
        if file.written and file.written.fallback is not None and not asked:
            asked.append(file.written.to)
            press()
        return genuine(work, file)

    monkeypatch.setattr(point, "is_shown", is_shown)
    with green.watched() as promises:
        error = interrupted(green)
    promises.kept(served={"coder"}, release=first)
    assert asked == [green.spare]
    assert f"release {first} serves" in error.message


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", ["write Traefik's dynamic file", "record the attempt", "end a proxy"])
def test_ctrl_c_at_any_command_leaves_one_that_serves(
    green: Studio, monkeypatch: pytest.MonkeyPatch, command: str, when: str
) -> None:
    """Whichever it is, it is recorded, Traefik leads to it, and the other one ends."""
    first = green.deployed("coder").release
    with monkeypatch.context() as patched, green.watched() as promises:
        ran = at_command(patched, command, press, when)
        error = interrupted(green)
    assert command in ran
    is_new = command != "write Traefik's dynamic file"
    assert (green.current != first) is is_new
    assert f"release {green.current} serves" in error.message
    promises.kept(served={"coder", "fast"} if is_new else {"coder"})


@pytest.mark.parametrize("moment", ["drain", "in flight", "probe"])
def test_ctrl_c_after_the_record_lets_the_old_one_end_by_itself(
    green: Studio, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whoever does not want to wait need not: the stream ends, the old proxy after it, and `status` tells of it."""
    enough = endless(green)
    green.deployed("coder")
    old = green.pid()
    _press_at(green, monkeypatch, moment)
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream, green.watched() as promises:
        stream.wait_for_chunks(1)
        error = interrupted(green)
        assert "interrupted after the switch; release" in error.message
        assert not stream.is_over
        assert any(f"an old proxy (pid {old})" in drift for drift in app.status(green.project, None).drift)
        enough.touch()
        assert stream.finished().is_complete
    until(lambda: not runs(green, old), "the old proxy has ended by itself")
    promises.kept(served={"coder", "fast"}, user_traffic=True)
    assert app.status(green.project, None).drift == ()
    assert green.history[-1]["outcome"] == "deployed"


def test_the_next_deploy_waits_for_a_stream_of_the_old_one(green: Studio) -> None:
    """It was told to end and no longer listens: it is no leftover to be killed after a moment."""
    green.misbehave({"stream_s": 14})
    green.entry["drain_timeout"] = "60s"
    green.settle()
    green.deployed("coder")
    green.when("drain", press)
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        interrupted(green)
        green.at = lambda event: None
        with green.watched() as promises:
            attempt = green.deploy(green.config("third", "coder", "fast", "slow"))
        assert str(stream.finished()) == "complete, 140 chunks"
    promises.kept(served={"coder", "fast", "slow"}, release=attempt.release, user_traffic=True)


def _press_at(studio: Studio, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Press Ctrl-C when the drain begins, when it has seen a request, or when the probe of the way is stopped."""
    if moment == "probe":
        genuine = DowntimeProbe.stop

        def stop(probe: DowntimeProbe) -> None:
            from_outside()
            genuine(probe)

        monkeypatch.setattr(DowntimeProbe, "stop", stop)

    def at(event: Event) -> None:
        begins = isinstance(event, StepStarted) and event.step == "drain" and moment == "drain"
        if begins or (isinstance(event, StepMoved) and event.step == "drain" and moment == "in flight"):
            press()

    studio.at = at
