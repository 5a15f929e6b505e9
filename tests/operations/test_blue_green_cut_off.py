"""Whoever deploys is gone in the middle: users notice nothing, `status` tells it, and the next deploy puts it right."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from ccdeploy import app
from ccdeploy.errors import ConnectionLost, DeployFailed
from ccdeploy.events import StepStarted
from ccdeploy.shell.command import Command, Result
from ccdeploy.shell.dynamic import CHANGED
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.ssh import SshTransport
from tests.faults.cutting import Call, Cut, Cutter
from tests.operations.at_command import at_command
from tests.support.cable import Cable
from tests.support.slots import lapse_lock, new_slot, runs
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio
from tests.support.waiting import until
from tests.support.watcher import halted

# The command, of which nothing is left right before the first command of a name is sent to the host.
KILLED = """\
import os, signal, sys
from ccdeploy.cli.main import main
from ccdeploy.transport.ssh import SshTransport

genuine, name = SshTransport.run, sys.argv.pop(1)

def run(self, asked):
    if asked.name == name:
        os.kill(os.getpid(), signal.SIGKILL)
    return genuine(self, asked)

SshTransport.run = run
main()
"""


def killed_at(studio: Studio, command: str, *words: str, lapses: bool = True) -> None:
    """Run a command line whose process is killed right before a command; its lock lapses unless it is not to."""
    line = [sys.executable, "-c", KILLED, command, *words]
    done = subprocess.run(line, cwd=studio.folder, env=studio.environment(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if lapses:
        lapse_lock(studio)


def lose() -> None:
    """Raise what the transport does when the connection goes in the middle of a command."""
    raise ConnectionLost("studio: the connection was lost")


def leftovers(studio: Studio) -> list[str]:
    """Return what was told of putting right what was left."""
    return [e.title for e in studio.events if isinstance(e, StepStarted) and e.step == "leftovers"]


def test_a_client_that_is_killed_before_the_record_leaves_two_that_serve(green: Studio) -> None:
    """Traefik leads to the new one and falls back to the old one, until the host goes back by itself."""
    first, old = green.deployed("coder").release, green.pid()
    green.config("second", "coder", "fast")
    port, spare = green.port, green.spare
    with green.watched() as promises:
        killed_at(green, "record the attempt", "deploy", "second", lapses=False)
        new = new_slot(green)
        with halted(green):
            lapse_lock(green)
            seen = app.status(green.project, None)
        attempt = green.deploy("second")
    assert (seen.release, seen.port, seen.exit_code) == (first, port, 8)
    assert seen.drift == (
        "an attempt was cut off before it was confirmed: the host goes back by itself",
        f"Traefik's file leads to port {spare}, else to port {port}, and port {port} is recorded: "
        "a deploy leads it to what serves",
    )
    assert [entry["outcome"] for entry in green.history] == ["deployed", "failed", "deployed"]
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert not runs(green, old)
    assert not runs(green, new)
    assert attempt.previous == first
    assert app.status(green.project, None).drift == ()


@pytest.mark.parametrize("config", ["second", "third"])
def test_a_client_that_is_killed_while_the_old_one_drains_leaves_that_one(green: Studio, config: str) -> None:
    """The new one serves, recorded: the next deploy ends the old one, also where there is nothing else to do."""
    green.deployed("coder")
    old = green.pid()
    green.config("second", "coder", "fast")
    with green.watched() as promises:
        killed_at(green, "end a proxy", "deploy", "second")
        seen = app.status(green.project, None)
        attempt = green.deploy(green.config(config, "coder", "fast", *(["slow"] if config == "third" else [])))
    assert seen.drift == (
        f"an old proxy (pid {old}) on port {green.site.spare_port if config == 'second' else green.port}"
        " has not ended yet: the next deploy ends it",
    )
    assert leftovers(green) == ["end an old proxy that an earlier attempt left behind"]
    assert attempt.outcome == ("nothing-to-do" if config == "second" else "deployed")
    promises.kept(served={"coder", "fast"} | ({"slow"} if config == "third" else set()))
    assert not runs(green, old)


def test_whatever_was_left_any_verb_puts_it_right(green: Studio) -> None:
    """A person who comes to such a host restarts it first."""
    release = green.deployed("coder").release
    green.config("second", "coder", "fast")
    killed_at(green, "record the attempt", "deploy", "second")
    with green.watched() as promises:
        assert app.restart(green.project, None).outcome == "restarted"
    promises.kept(served={"coder"}, release=release)
    assert [entry["outcome"] for entry in green.history] == ["deployed", "failed", "restarted"]


def test_an_old_proxy_that_dies_meanwhile_leaves_the_new_one_as_what_serves(green: Studio) -> None:
    """Nothing was recorded of it, and Traefik leads to it: users are served until the old release is started anew."""
    first = green.deployed("coder").release
    green.config("second", "coder", "fast")
    old = green.pid()
    killed_at(green, "record the attempt", "deploy", "second", lapses=False)
    with green.watched() as promises:
        green.kill(old)
        seen = app.status(green.project, None)
        lapse_lock(green)
        attempt = green.deploy("second")
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert attempt.previous == first
    assert seen.state == "serving"
    assert set(seen.models) == {"coder", "fast"}
    assert any("was never verified" in drift or "and `current` points to" in drift for drift in seen.drift)


@pytest.mark.parametrize("command", ["write Traefik's dynamic file", "record the attempt"])
def test_a_connection_that_is_lost_goes_back_over_a_new_one(
    green: Studio, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The way is there again at once: what was begun is taken back, and nobody noticed."""
    first = green.deployed("coder").release
    at_command(monkeypatch, command, lose, "after" if command.startswith("write") else "before")
    with green.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves") as caught:
        green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert caught.value.exit_code == 6


def test_a_script_that_points_traefik_forward_too_late_writes_nothing(
    green: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs on the host yet when its client has come back and seen that the file leads to the old proxy."""
    first = green.deployed("coder").release
    genuine, goes_on = SshTransport.run, green.folder / "goes-on"
    late: list[threading.Thread] = []
    statuses: list[int] = []

    def run(self: SshTransport, asked: Command) -> Result:
        if asked.name == "write Traefik's dynamic file" and not late:
            head, line, tail = asked.script.partition("\n{ [ -f ")  # the look at the file that it is to replace
            assert line, "the script no longer says so"
            script = replace(asked, script=f"{head}\nuntil [ -e {goes_on} ]; do pause; done{line}{tail}")
            here = LocalTransport("the host itself")
            late.append(threading.Thread(target=lambda: statuses.append(here.run(script).status), daemon=True))
            late[0].start()
            until(
                lambda: list((green.root / "run" / "deadman").glob("*.armed")), "it has armed the host's own way back"
            )
            lose()
        if asked.name == "end a proxy":
            goes_on.touch()
            late[0].join(60)
        return genuine(self, asked)

    monkeypatch.setattr(SshTransport, "run", run)
    with green.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert statuses == [CHANGED]


def test_a_connection_that_is_lost_when_all_is_recorded_is_a_deploy(
    green: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host says that the release serves: to go back from it would undo what went well."""
    green.deployed("coder")
    at_command(monkeypatch, "record the attempt", lose, "after")
    with green.watched() as promises:
        attempt = green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert any("the connection was lost" in note for note in attempt.notes)


def test_a_connection_that_is_lost_for_a_moment_while_the_old_one_drains_is_nothing(green: Studio) -> None:
    """The way is there again at once: the old proxy ends as it would have, and nothing is left to the next deploy."""
    green.deployed("coder")
    old = green.pid()
    asked = Call("GET /health/backlog", 1, writes=False)
    with green.watched() as promises, Cutter(Cut(1, 1, asked, "lost")) as cutter:
        attempt = green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert cutter.is_reached
    assert attempt.notes == ()
    assert not runs(green, old)


def test_a_host_that_is_out_of_reach_after_the_write_serves_on(
    green: Studio, line: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4: what serves is not known here, and the host goes back by itself. Both serve until then."""
    green.deployed("coder")
    at_command(monkeypatch, "write Traefik's dynamic file", line.close, "after")
    with green.watched() as promises:
        with pytest.raises(ConnectionLost, match="by itself within 1 min") as caught:
            green.deploy(green.config("second", "coder", "fast"))
        green.entry["ssh"] = green.around.way("asyncssh")
        green.settle()
        lapse_lock(green)
        attempt = green.deploy("second")
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert caught.value.exit_code == 4


def test_a_connection_that_is_lost_while_the_old_one_drains_is_a_deploy(
    green: Studio, line: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one serves, recorded. The old one stays recorded too, and the next deploy ends it after its stream."""
    green.misbehave({"stream_s": 5})
    green.deployed("coder")
    old = green.pid()
    green.when("drain", line.close)
    with Stream(green.entry["traefik"]["url"], KEY, "coder") as stream, green.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = green.deploy(green.config("second", "coder", "fast"))
        assert any("is not known" in note for note in attempt.notes)
        green.at = lambda event: None
        green.entry["ssh"] = green.around.way("asyncssh")
        green.settle()
        lapse_lock(green)
        assert green.deploy("second").outcome == "nothing-to-do"
        assert str(stream.finished()) == "complete, 50 chunks"
    promises.kept(served={"coder", "fast"}, release=attempt.release, user_traffic=True)
    assert not runs(green, old)
