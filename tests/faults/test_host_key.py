"""A host key that is another between two commands: nothing more is sent, and the exit code is 4."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event

import pytest

from ccdeploy.errors import CcdeployError, HostKeyChanged
from ccdeploy.transport.connection import Connection
from ccdeploy.transport.exchange import Process
from ccdeploy.transport.frame import Frame
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.operations.at_command import at_command
from tests.support.asyncssh_server import rude_server
from tests.support.cable import Cable
from tests.support.ssh_host import SshHost
from tests.support.studio import Studio
from tests.support.waiting import until

pytestmark = pytest.mark.faults


class Impostor:
    """An SSH server with a key of its own that admits everybody, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def behave(self, process: object) -> None:
        """Keep that somebody got so far as to start something."""
        self.asked.append(repr(process))


@pytest.fixture
def impostor(tmp_path: Path) -> Impostor:
    """Return what an impostor saw."""
    return Impostor()


def stands_in(line: Cable, other: SshHost) -> None:
    """Let the cable lead to another server, and end what went through it until now."""
    line.to_port = other.port
    line.cut()


@pytest.mark.parametrize("command", ["ask for the facts", "take the lock", "start the shadow", "switch"])
def test_a_key_that_changes_within_a_verb_ends_it(
    studio: Studio, line: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The connection drops in the middle, and who answers the next one is somebody else."""
    impostor = Impostor()
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    served = studio.site.serving()
    with rude_server(tmp_path / "impostor", impostor.behave) as other:
        ran = at_command(monkeypatch, command, lambda: stands_in(line, other))
        with pytest.raises(CcdeployError, match="is not the one in") as caught:
            studio.deploy("second", allow=("removal",))
    assert caught.value.exit_code == 4
    assert "ssh-keygen" in str(caught.value.hint)
    assert command in ran
    assert impostor.asked == []
    line.to_port = studio.around.way("asyncssh")["port"]
    assert studio.site.serving() == served


@pytest.mark.parametrize("command", ["take the lock", "start the shadow", "switch"])
def test_a_key_that_changed_explains_a_connection_that_was_lost(
    studio: Studio, line: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The loss is noticed within the command, and only who is asked next shows another key."""
    impostor = Impostor()
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    genuine, is_near = Connection.start, Event()

    def start(self: Connection, framed: Frame) -> Process:
        if is_near.is_set():
            is_near.clear()
            stands_in(line, other)
            until(lambda: not self.is_active, "the loss of the connection")
        return genuine(self, framed)

    monkeypatch.setattr(Connection, "start", start)
    with rude_server(tmp_path / "impostor", impostor.behave) as other:
        at_command(monkeypatch, command, is_near.set)
        with pytest.raises(CcdeployError, match="is not the one in") as caught:
            studio.deploy("second", allow=("removal",))
    assert caught.value.exit_code == 4
    assert "ssh-keygen" in str(caught.value.hint)
    assert ("goes back" in caught.value.message) == (command == "switch")
    assert impostor.asked == []


@pytest.mark.parametrize("verb", ["deploy second", "status --json", "rollback", "logs", "doctor"])
def test_a_key_that_changes_between_two_verbs_ends_the_second(
    studio: Studio, line: Cable, impostor: Impostor, tmp_path: Path, verb: str
) -> None:
    """Nothing of the environment, and no config, may reach whoever took the address over."""
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    before = studio.checksum()
    with rude_server(tmp_path / "impostor", impostor.behave) as other:
        stands_in(line, other)
        done = studio.run(f"ccdeploy {verb}")
    assert done.returncode == 4, done.stderr
    assert "is not the one in" in done.stderr
    assert impostor.asked == []
    assert studio.checksum() == before


def test_nobody_logs_in_at_an_impostor(
    studio: Studio, line: Cable, impostor: Impostor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its key is judged first: it learns no user's name, and is given no signature of ours."""
    target = SshTarget(**studio.entry["ssh"])
    caplog.set_level(logging.INFO, "asyncssh")
    with rude_server(tmp_path / "impostor", impostor.behave) as other:
        for host, is_ours in ((other.target, True), (target, False)):
            caplog.clear()
            stands_in(line, other)
            transport = SshTransport("studio", host)
            with pytest.raises(CcdeployError) as caught:
                transport.put(b"secret", "/nowhere/never", 0o600)
            transport.close()
            assert isinstance(caught.value, HostKeyChanged) is not is_ours
            told = " ".join(record.getMessage() for record in caplog.records)
            assert "Accepted SSH client connection" in told
            assert ("Beginning auth for user" in told) is is_ours
