"""Ctrl-C, wherever it comes: the state is restored, the lock is free, and the next deploy succeeds."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError, DeployFailed, Interrupted
from ccdeploy.events import Event, StepDone
from ccdeploy.results import Attempt
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.verify.probe import DowntimeProbe
from tests.operations.at_command import at_command
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio

if TYPE_CHECKING:
    from ccdeploy.transport.seam import HttpClient

# The last one is only run while the old proxy has a stream to finish.
COMMANDS = (
    "take the lock",
    "start the shadow",
    "switch",
    "record the attempt",
    "drain the old proxy",
)


def interrupt(monkeypatch: pytest.MonkeyPatch, command: str, when: str) -> list[str]:
    """Send Ctrl-C right before or after the first command of this name; return the list of what was run."""
    return at_command(monkeypatch, command, lambda: signal.raise_signal(signal.SIGINT), when)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_at_any_command_restores_the_host(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, command: str, when: str
) -> None:
    """A person may change their mind at any moment; the host must not be left in between."""
    studio.entry["drain_timeout"] = "2s"  # how long it takes until the drain has ended
    studio.settle()
    studio.misbehave({"stream_s": 60})
    first = studio.deployed("coder").release
    with monkeypatch.context() as patched, studio.watched() as promises, ExitStack() as users:
        if command.startswith("drain"):
            users.enter_context(Stream(studio.port, KEY, "coder")).wait_for_chunks(1)
        ran, old = interrupt(patched, command, when), studio.pid()
        with pytest.raises((KeyboardInterrupt, Interrupted)) as caught:
            studio.deploy(studio.config("second", "coder", "fast"))
        if command.startswith("drain") and when == "before":
            os.kill(old, signal.SIGKILL)  # its last stream has ended
    assert command in ran
    is_recorded = command.startswith(("record", "drain"))
    served = {"coder", "fast"} if is_recorded else {"coder"}
    release = None if is_recorded else first
    gaps = 2 if command == "switch" else 1  # forward, and back
    promises.kept(served=served, gap_allowed=True, most_gaps=gaps, release=release, user_traffic=True)
    if isinstance(caught.value, Interrupted):
        assert f"release {studio.current} serves" in caught.value.message
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("third", "coder", "slow"), allow=("removal",))
    promises.kept(served={"coder", "slow"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_ctrl_c_right_after_the_record_comes_too_late(request: pytest.FixtureRequest, strategy: str) -> None:
    """The release serves, verified and recorded: what would go back from it now has no lock, or another gap."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    studio.deployed("coder")

    def at(event: Event) -> None:
        if isinstance(event, StepDone) and event.step == "record":
            signal.raise_signal(signal.SIGINT)

    studio.at = at
    with studio.watched() as promises, pytest.raises(Interrupted, match="interrupted after the switch"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=strategy == "restart")
    assert studio.manifest()["state"] == "verified"


@pytest.mark.parametrize("step", ["stage", "verify-shadow", "verify"])
def test_ctrl_c_between_commands_restores_the_host(studio: Studio, step: str) -> None:
    """Uploads and verifications ask over SFTP and HTTP; Ctrl-C reaches them too."""
    first = studio.deployed("coder").release
    studio.when(step, lambda: signal.raise_signal(signal.SIGINT))
    with studio.watched() as promises, pytest.raises((KeyboardInterrupt, Interrupted)):
        studio.deploy(studio.config("second", "coder", "fast"))
    studio.at = lambda event: None
    promises.kept(served={"coder"}, gap_allowed=step == "verify", most_gaps=2, release=first)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("step", ["rollback", "verify-rollback"])
def test_ctrl_c_while_it_goes_back_waits_until_it_is_back(studio: Studio, step: str) -> None:
    """Whoever sees a deploy fail reaches for Ctrl-C: that must not cut the way back."""
    first = studio.deployed("coder").release
    studio.misbehave({"only_port": studio.port, "until_start": 1, "exit_while_booting": 3})
    studio.when(step, _from_outside)
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert studio.history[-1]["outcome"] == "failed"


def test_ctrl_c_while_a_failed_shadow_is_cleared_away_waits_for_it(studio: Studio) -> None:
    """Else the bad release would be left without its mark, and the lock with its owner."""
    first = studio.deployed("coder").release
    studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
    studio.when("clean-up", _from_outside)
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert studio.manifest(studio.history[-1]["release"])["state"] == "bad"


def test_an_interrupted_deploy_is_written_down(studio: Studio) -> None:
    """The next one wants to know why the release that everybody waits for is not there."""
    studio.deployed("coder")
    studio.when("verify-shadow", lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(Interrupted) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert studio.history[-1]["outcome"] == "interrupted"
    assert caught.value.exit_code == 130
    assert caught.value.result
    assert caught.value.result["outcome"] == "interrupted"


@pytest.mark.parametrize("verb", [app.rollback, app.restart])
def test_ctrl_c_in_the_switch_of_another_verb_restores_too(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, verb: Callable[..., Attempt]
) -> None:
    """They take the same bold step."""
    studio.deployed("coder")
    second = studio.deployed("coder", "fast", config="second").release
    with monkeypatch.context() as patched, studio.watched() as promises:
        interrupt(patched, "switch", "after")
        with pytest.raises(CcdeployError) as caught:
            verb(studio.project, None)
    assert caught.value.exit_code == 130
    promises.kept(served={"coder", "fast"}, gap_allowed=True, most_gaps=2, release=second)
    assert studio.manifest(second)["state"] == "verified"


def test_ctrl_c_between_the_shadow_and_the_switch_ends_the_shadow(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shadow is verified and nothing has been stopped: neither side must think that it is the other's."""
    first = studio.deployed("coder").release
    genuine, is_verified = SshTransport.http, threading.Event()

    def at(event: Event) -> None:
        if isinstance(event, StepDone) and event.step == "verify-shadow":
            is_verified.set()

    def http(self: SshTransport, port: int, address: str = "127.0.0.1") -> HttpClient:
        if is_verified.is_set() and port == studio.port:  # the first thing after it: who measures the gap
            is_verified.clear()
            signal.raise_signal(signal.SIGINT)
        return genuine(self, port, address)

    studio.at = at
    monkeypatch.setattr(SshTransport, "http", http)
    with studio.watched() as promises, pytest.raises(Interrupted) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert f"release {first} serves" in caught.value.message
    assert (caught.value.exit_code, studio.history[-1]["outcome"]) == (130, "interrupted")


def test_ctrl_c_right_after_the_record_is_told_as_what_it_was(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release serves, verified: whoever pressed it must hear that, and not think that it was stopped in time."""
    studio.deployed("coder")
    genuine = DowntimeProbe.stop

    def stop(self: DowntimeProbe) -> None:
        _from_outside()
        genuine(self)

    monkeypatch.setattr(DowntimeProbe, "stop", stop)
    with studio.watched() as promises, pytest.raises(Interrupted, match="serves, verified") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True)
    assert (caught.value.exit_code, studio.history[-1]["outcome"]) == (130, "deployed")


def test_an_interrupted_deploy_on_a_stopped_host_says_that_nothing_serves(studio: Studio) -> None:
    """As before: to name a release here would send people to a port where nobody listens."""
    studio.deployed("coder")
    app.stop(studio.project, None)
    studio.when("verify-shadow", lambda: signal.raise_signal(signal.SIGINT))
    with studio.watched() as promises, pytest.raises(Interrupted, match="nothing serves, as before"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served=None, gap_allowed=True)
    assert studio.history[-1]["outcome"] == "interrupted"


@pytest.mark.parametrize("command", ["switch", "drain the old proxy"])
def test_ctrl_c_in_a_stop_waits_until_it_has_stopped(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A stop that was half done would leave a proxy that serves nobody, and no line that says who wanted it."""
    studio.misbehave({"stream_s": 1.0})
    studio.deployed("coder")
    ran = at_command(monkeypatch, command, _from_outside)
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        with pytest.raises(Interrupted, match="stopped all the same") as caught:
            app.stop(studio.project, None)
        assert stream.finished().is_complete
    promises.kept(served=None, gap_allowed=True, user_traffic=True)
    assert command in ran
    assert (caught.value.exit_code, caught.value.result and caught.value.result["outcome"]) == (130, "stopped")
    assert (studio.history[-1]["verb"], studio.history[-1]["outcome"]) == ("stop", "stopped")


def _from_outside() -> None:
    """Send Ctrl-C as a terminal does: it reaches the main thread, whichever runs."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
