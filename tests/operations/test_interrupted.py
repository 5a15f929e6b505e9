"""Ctrl-C, wherever it comes: the state is restored, the lock is free, and the next deploy succeeds."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError, DeployFailed, Interrupted
from ccdeploy.results import Attempt
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.ssh import SshTransport
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio

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
    genuine = SshTransport.run
    ran: list[str] = []

    def run(self: SshTransport, asked: Command) -> Result:
        is_it = asked.name == command and command not in ran
        ran.append(asked.name)
        if is_it and when == "before":
            signal.raise_signal(signal.SIGINT)
        result = genuine(self, asked)
        if is_it and when == "after":
            signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(SshTransport, "run", run)
    return ran


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_at_any_command_restores_the_host(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, command: str, when: str
) -> None:
    """A person may change their mind at any moment; the host must not be left in between."""
    studio.misbehave({"stream_s": 60})
    first = studio.deployed("coder").release
    with monkeypatch.context() as patched, studio.watched() as promises, ExitStack() as users:
        if command.startswith("drain"):
            users.enter_context(Stream(studio.port, KEY, "coder")).wait_for_chunks(1)
        ran, old = interrupt(patched, command, when), studio.pid()
        with pytest.raises((KeyboardInterrupt, Interrupted)) as caught:
            studio.deploy(studio.config("second", "coder", "fast"))
        if command.startswith("drain"):
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
        attempt = studio.deploy(studio.config("third", "coder", "slow"))
    promises.kept(served={"coder", "slow"}, gap_allowed=True, release=attempt.release)


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


def _from_outside() -> None:
    """Send Ctrl-C as a terminal does: it reaches the main thread, whichever runs."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
