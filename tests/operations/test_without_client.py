"""A script that goes on without its client: whoever comes back ends it, and one that comes too late does nothing."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError, CommandFailed, ConnectionLost, DeployFailed
from ccdeploy.events import Warned
from ccdeploy.shell.command import Command, Result
from ccdeploy.shell.deadman import NOT_ARMED
from ccdeploy.shell.prelude import LOCK_LOST
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.ssh import SshTransport
from tests.support.studio import Studio
from tests.support.waiting import until
from tests.support.watcher import wait_until_gone_back

LOST = "studio: the SSH connection was lost"


def arrives_late(monkeypatch: pytest.MonkeyPatch, name: str, at: str) -> list[int | None]:
    """Lose the connection with the first script of a name, which runs right before the next one named `at`.

    Return where its status will be.
    """
    genuine = SshTransport.run
    late: list[Command] = []
    statuses: list[int | None] = []

    def run(self: SshTransport, asked: Command) -> Result:
        if asked.name == name and not late:
            late.append(asked)
            raise ConnectionLost(LOST)
        if asked.name == at and late and not statuses:
            try:
                statuses.append(genuine(self, late[0]).status)
            except CommandFailed as exc:
                statuses.append(exc.status)
        return genuine(self, asked)

    monkeypatch.setattr(SshTransport, "run", run)
    return statuses


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_a_connection_lost_while_all_is_being_recorded_goes_back(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    """The script that confirms goes on without its client: it is ended first, and writes nothing behind its back."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    first = studio.deployed("coder").release
    ended = lost_while_it_hangs(monkeypatch, studio, "record the attempt", "printf '%s' '{")
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    assert ended.wait(20)
    gaps = strategy == "restart"
    promises.kept(served={"coder"}, gap_allowed=gaps, most_gaps=2, release=first)
    assert [line["outcome"] for line in studio.history] == ["deployed", "failed"]
    assert studio.manifest(studio.history[-1]["release"])["state"] == "bad"


def test_a_switch_that_comes_after_its_client_has_gone_back_does_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was on its way yet when the client came back, and found the old proxy serving."""
    first, pid = studio.deployed("coder").release, studio.pid()
    statuses = arrives_late(monkeypatch, "switch", "record the attempt")
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert (statuses, studio.pid()) == ([NOT_ARMED], pid)
    assert studio.deploy("second").outcome == "deployed"


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_a_record_that_comes_after_its_client_has_begun_to_go_back_decides_nothing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    """It would end the host's own way back while another release is started, and lead users to what is stopped."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    first = studio.deployed("coder").release
    goes_back = "switch" if strategy == "restart" else "write Traefik's dynamic file"
    statuses = arrives_late(monkeypatch, "record the attempt", goes_back)
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=strategy == "restart", most_gaps=2, release=first)
    assert statuses == [LOCK_LOST]
    assert [line["outcome"] for line in studio.history] == ["deployed", "failed"]


def test_a_shadow_that_is_to_start_after_it_was_given_up_never_does(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its script was on its way yet when its client came back, found no shadow to end, and gave the attempt up."""
    first = studio.deployed("coder").release
    statuses = arrives_late(monkeypatch, "start the shadow", "record the attempt")
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert statuses == [LOCK_LOST]
    assert studio.deploy("second").outcome == "deployed"


def test_a_connection_lost_again_on_the_way_back_leaves_it_to_the_host(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script that goes back is at work yet: to write down that it failed would end the host's own way back."""
    first = studio.deployed("coder").release
    studio.misbehave({"only_port": studio.port, "until_start": 1, "drop_models": ["fast"]})
    ended = lost_while_it_hangs(monkeypatch, studio, "switch", "pid=$( (", which=2)
    with studio.watched() as promises:
        with pytest.raises(ConnectionLost, match=f"goes back to release {first} by itself") as caught:
            studio.deploy(studio.config("second", "coder", "fast"))
        wait_until_gone_back(studio)
    assert ended.wait(20)
    assert (caught.value.exit_code, studio.history[-1]["outcome"], studio.history[-1]["ended_by"]) == (
        4,
        "failed",
        "host",
    )
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert studio.deploy("second").outcome == "deployed"


def lost_while_it_hangs(
    monkeypatch: pytest.MonkeyPatch,
    studio: Studio,
    name: str,
    before: str,
    *,
    which: int = 1,
    until_there: Path = Path("never"),
) -> threading.Event:
    """Lose the connection once a script hangs on the host, the first of a name or a later one, before a line.

    Its end sets the event.
    """
    genuine, ended, hangs = SshTransport.run, threading.Event(), studio.folder / "hangs"

    def run_on(script: Command) -> None:
        with suppress(CcdeployError):
            LocalTransport("the host itself").run(script)
        ended.set()

    def run(self: SshTransport, asked: Command) -> Result:
        ran.append(asked.name)
        head, line, tail = asked.script.partition(before)
        if asked.name != name or ran.count(name) != which:
            return genuine(self, asked)
        assert line, "the script no longer says so"
        script = replace(asked, script=f"{head}\n: >{hangs}; until [ -e {until_there} ]; do pause; done\n{line}{tail}")
        threading.Thread(target=run_on, args=(script,), daemon=True).start()
        until(hangs.exists, "it hangs")
        raise ConnectionLost(LOST)

    ran: list[str] = []
    monkeypatch.setattr(SshTransport, "run", run)
    return ended


def test_a_record_that_has_decided_is_not_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release serves for good by then: what it replaces is marked, whoever comes back meanwhile."""
    studio.deployed("coder")
    second = studio.deployed("coder", "fast", config="second").release
    goes_on = studio.folder / "goes-on"
    lost_while_it_hangs(monkeypatch, studio, "record the attempt", "(:\n", until_there=goes_on)
    studio.at = lambda event: threading.Timer(1, goes_on.touch).start() if isinstance(event, Warned) else None
    with studio.watched() as promises:
        attempt = app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert attempt.outcome == "rolled-back"
    assert studio.manifest(second)["state"] == "bad"
    assert not (studio.root / "lock").exists()
