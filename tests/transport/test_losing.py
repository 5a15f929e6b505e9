"""A connection that is lost, or goes silent: told as it is, never a hang, never a quiet false."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import paramiko
import pytest

from ccdeploy.errors import CcdeployError, CommandTimedOut, ConnectionLost
from ccdeploy.shell.command import Command
from ccdeploy.transport import alive
from ccdeploy.transport.connection import ChannelProcess
from ccdeploy.transport.ssh import SshTransport
from tests.support.cable import Cable, cable
from tests.support.gate import Gate
from tests.support.processes import pids_in
from tests.support.ssh_host import SshHost
from tests.support.waiting import until


@pytest.fixture
def line(ssh_host: SshHost) -> Iterator[Cable]:
    """A cable to the host."""
    with cable(ssh_host.port) as made:
        yield made


@pytest.fixture
def over(ssh_host: SshHost, line: Cable, tmp_path: Path) -> Iterator[SshTransport]:
    """A way to the host over the cable."""
    known = tmp_path / "known_hosts"
    known.write_text((ssh_host.folder / "known_hosts").read_text().replace(str(ssh_host.port), str(line.port)))
    transport = SshTransport("studio", replace(ssh_host.target, port=line.port, known_hosts=str(known)))
    yield transport
    transport.close()


def test_a_connection_that_drops_under_a_command_is_an_error(over: SshTransport, line: Cable, far: Path) -> None:
    """A missing exit status taken for a false would be a deploy that goes on with nothing behind it."""
    gate = Gate(far)
    caught: list[BaseException] = []

    def run() -> None:
        try:
            over.run(
                Command("switch", f"echo $$ >>{far}/pids; read line <{gate.path}; touch {far}/done", finishes=True)
            )
        except CcdeployError as exc:
            caught.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    pids_in(far / "pids")
    line.cut()
    thread.join(20)
    assert [type(exc) for exc in caught] == [ConnectionLost]
    assert "switch ended without an exit status; what it did is unknown" in str(caught[0])
    gate.open()
    until((far / "done").exists, "the end of the script, which the host still has")


def write(program: ChannelProcess) -> None:
    """Send more."""
    program.write(b"more")


def end_input(program: ChannelProcess) -> None:
    """Send the end."""
    program.end_input()


def read(program: ChannelProcess) -> None:
    """Read so much that it must be sent that there is room again."""
    while program.read():
        pass


@pytest.mark.parametrize("use", [write, end_input, read])
def test_a_connection_that_drops_under_what_is_sent_is_what_streams_know(
    over: SshTransport, monkeypatch: pytest.MonkeyPatch, use: Callable[[ChannelProcess], None]
) -> None:
    """Whoever feeds and reads a program in the background expects that: a traceback would reach the user."""
    over.run(Command("first", "true"))
    assert over._connection is not None
    channel = over._connection.session()
    channel.exec_command("cat /dev/zero")  # without an end: after that nothing would be sent
    drop(channel.get_transport(), monkeypatch)
    with pytest.raises(OSError, match="lost"):
        use(ChannelProcess(channel))


def drop(transport: paramiko.Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be sent any more, which the thread that reads has not noticed yet."""
    genuine = transport.packetizer.write_all

    def write_all(data: bytes) -> None:
        if threading.current_thread() is not transport:
            raise EOFError  # what paramiko's own raises
        genuine(data)

    monkeypatch.setattr(transport.packetizer, "write_all", write_all)


def test_an_answer_that_was_cut_is_none(over: SshTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script may end well, and its status come, while a piece of what it said is lost."""
    genuine, pieces = ChannelProcess.read, count()

    def read_some(process: ChannelProcess) -> bytes:
        if next(pieces) == 1:
            raise BrokenPipeError("the SSH connection was lost")
        return genuine(process)

    monkeypatch.setattr(ChannelProcess, "read", read_some)
    with pytest.raises(ConnectionLost, match="facts ended without an exit status; what it did is unknown"):
        over.run(Command("facts", "echo one; echo two"))


def test_a_connection_that_drops_under_an_answer_is_told_as_what_it_is(
    over: SshTransport, web: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads much sends that there is room again; that nothing can be sent is no fault of the proxy's."""
    with over.http(web) as client, client.stream("GET", "/big") as response:
        assert over._connection is not None
        drop(over._connection._transport, monkeypatch)
        with pytest.raises(ConnectionLost, match="the SSH connection was lost"):
            response.read()


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_a_connection_that_drops_under_a_request_is_told_before_anybody_else_has_noticed(
    over: SshTransport, web: int, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    """A proxy that is well was called ill by it, and the host stranded: who reads learns of it a moment later."""
    client = over.http(web)
    over.run(Command("first", "true"))
    if not is_first:
        client.get("/")
    assert over._connection is not None
    drop(over._connection._transport, monkeypatch)
    with pytest.raises(ConnectionLost, match="the SSH connection was lost"):
        client.get("/")


def test_the_next_use_opens_a_new_connection(over: SshTransport, line: Cable, far: Path) -> None:
    """A rollback after a lost connection is what keeps the host from being stranded."""
    over.run(Command("first", "true"))
    over.put(b"1", f"{far}/file", 0o600)
    line.cut()
    until(lambda: _answers(over), "a new connection")
    over.put(b"2", f"{far}/file", 0o600)
    assert (far / "file").read_bytes() == b"2"


def test_a_lost_connection_is_no_closed_port(over: SshTransport, line: Cable, web: int) -> None:
    """A prober counts a closed port as downtime; a broken network says nothing about the proxy."""
    client = over.http(web)
    with client.stream("GET", "/slow") as response:
        assert response.status_code == 200
        line.cut()
        with pytest.raises(ConnectionLost):
            response.read()


def test_a_channel_that_ends_a_moment_before_its_connection_is_lost_with_it(
    over: SshTransport, line: Cable, web: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paramiko ends the channels first, and whoever reads from one must not call a well proxy ill meanwhile."""
    genuine, was_read = paramiko.Channel._unlink, threading.Event()  # type: ignore[attr-defined]

    def unlink(self: paramiko.Channel) -> None:
        genuine(self)
        was_read.wait(20)

    client = over.http(web)
    with client.stream("GET", "/slow") as response:
        monkeypatch.setattr(paramiko.Channel, "_unlink", unlink)
        line.cut()
        try:
            with pytest.raises(ConnectionLost, match="the SSH connection was lost"):
                response.read()
        finally:
            was_read.set()


def test_a_network_gone_silent_ends_in_a_time_out_and_is_given_up(over: SshTransport, line: Cable) -> None:
    """Fabric's default is to wait for an hour; what comes next, such as a rollback, finds a new connection."""
    over.run(Command("first", "true"))
    line.stall()
    with pytest.raises(CommandTimedOut, match="could not be ended there"):
        over.run(Command("slow", "true", timeout_s=0.5))
    assert over.run(Command("next", "echo back")).text == "back\n"


def test_a_network_gone_silent_ends_a_command_that_may_take_minutes(
    over: SshTransport, line: Cable, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch may wait for streams: for as long nobody would go back, and the lock would lapse meanwhile."""
    monkeypatch.setattr(alive, "ASKED_EVERY_S", 0.05)
    gate, caught = Gate(far), list[BaseException]()

    def run() -> None:
        script = f"echo $$ >>{far}/pids; read line <{gate.path}; touch {far}/done"
        try:
            over.run(Command("switch", script, timeout_s=760, finishes=True))
        except ConnectionLost as exc:
            caught.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    pids_in(far / "pids")
    monkeypatch.setattr(alive, "GIVEN_UP_AFTER_S", 0.5)
    line.stall()
    thread.join(20)
    assert "switch ended without an exit status; what it did is unknown" in str(caught[0])
    monkeypatch.setattr(alive, "GIVEN_UP_AFTER_S", 30.0)
    assert over.run(Command("next", "echo back")).text == "back\n"
    gate.open()
    until((far / "done").exists, "the end of the script, which the host still has")


def test_a_host_that_takes_its_time_is_asked_and_not_given_up(
    over: SshTransport, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that boots for two minutes says nothing meanwhile; its host is there."""
    monkeypatch.setattr(alive, "ASKED_EVERY_S", 0.05)
    monkeypatch.setattr(alive, "GIVEN_UP_AFTER_S", 2.0)
    genuine, answered = paramiko.Transport.global_request, list[str]()

    def ask(self: paramiko.Transport, kind: str, **more: Any) -> paramiko.Message | None:
        answer = genuine(self, kind, **more)
        answered.append(kind)
        return answer

    monkeypatch.setattr(paramiko.Transport, "global_request", ask)
    gate = Gate(far)

    def open_late() -> None:
        until(lambda: len(answered) > 50, "answers for longer than a silent host is waited for")
        gate.open()

    threading.Thread(target=open_late, daemon=True).start()
    assert over.run(Command("boot", f"read line <{gate.path}; echo booted")).text == "booted\n"


def test_a_silent_network_is_told_as_such(
    over: SshTransport, line: Cable, web: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who reads it looks at the network, and not at the host."""
    monkeypatch.setattr(alive, "ASKED_EVERY_S", 0.05)
    with over.http(web) as client:
        assert client.get("/").text == "hello"
        with client.stream("GET", "/slow") as response:
            monkeypatch.setattr(alive, "GIVEN_UP_AFTER_S", 0.5)
            line.stall()
            with pytest.raises(ConnectionLost, match="nothing came from the host for"):
                response.read()


def test_closing_never_hangs_on_a_silent_network(over: SshTransport, line: Cable, web: int, far: Path) -> None:
    """The end of a failed deploy must be an exit code."""
    with over.http(web) as client:
        assert client.get("/").text == "hello"
        over.put(b"x", f"{far}/file", 0o600)
        line.stall()
        thread = threading.Thread(target=over.close)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        with pytest.raises((httpx.TransportError, ConnectionLost)):
            client.get("/")


def test_a_closed_transport_says_so(over: SshTransport) -> None:
    """A heartbeat that outlives its deploy must not quietly connect again."""
    over.run(Command("first", "true"))
    over.close()
    over.close()
    with pytest.raises(ConnectionLost, match="was closed"):
        over.run(Command("late", "true"))


def _answers(transport: SshTransport) -> bool:
    try:
        return transport.run(Command("again", "echo back", timeout_s=10)).text == "back\n"
    except ConnectionLost:
        return False
