"""Connecting and authenticating: each fault is one sentence with a remedy, and none takes for ever."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ccdeploy.errors import ConnectFailed, HostUnreachable
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.support.free_port import free_port
from tests.support.processes import is_alive, pids_in
from tests.support.ssh_host import SshHost

ASK = Command("ask", "echo in")


def ask(target: SshTarget, config: Path | None = None) -> str:
    """Connect, ask, and close."""
    transport = SshTransport("studio", target, config_file=config)
    try:
        return transport.run(ASK).text
    finally:
        transport.close()


def test_a_name_without_an_address_is_told() -> None:
    """The most common mistake of all: a typo in hosts.yaml."""
    with pytest.raises(HostUnreachable, match=r"studio: the name no-such-host.invalid has no address") as caught:
        ask(SshTarget("no-such-host.invalid", connect_timeout_s=5))
    assert "ssh.address" in str(caught.value.hint)


def test_a_closed_port_is_told() -> None:
    """On a Mac, Remote Login is off by default."""
    with pytest.raises(HostUnreachable, match="refuses connections") as caught:
        ask(SshTarget("127.0.0.1", free_port()))
    assert "Remote Login" in str(caught.value.hint)


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50, b"SSH-2.0-silent\r\n"])
def test_a_server_that_speaks_no_ssh_is_told_in_time(greeting: bytes) -> None:
    """It may accept and say nothing, say something else, or stop after its banner."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def greet() -> None:
            held.append(listener.accept()[0])
            with suppress(OSError):  # whoever came has given up already
                held[0].sendall(greeting)

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(HostUnreachable, match="did not complete an SSH handshake"):
            ask(SshTarget("127.0.0.1", listener.getsockname()[1], connect_timeout_s=0.5))
        for one in held:
            one.close()


def test_a_full_queue_is_a_time_out() -> None:
    """A host that is asleep, or behind a firewall, answers nothing at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            waiting.append(sock)
        with pytest.raises(ConnectFailed, match=r"did not answer within|did not complete"):
            ask(SshTarget("127.0.0.1", listener.getsockname()[1], connect_timeout_s=0.5))
        for sock in waiting:
            sock.close()


RELAY = """
import os, socket, sys, threading
print(os.getpid(), file=open(sys.argv[2], "a"), flush=True)
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def up():
    while data := os.read(0, 65536):
        sock.sendall(data)
    os._exit(0)
threading.Thread(target=up, daemon=True).start()
while data := sock.recv(65536):
    os.write(1, data)
"""


def test_a_proxy_command_is_gone_through_and_ended(ssh_host: SshHost, tmp_path: Path) -> None:
    """`cloudflared access ssh` and the like; a leftover one would stay for ever."""
    (tmp_path / "relay.py").write_text(RELAY)
    config = tmp_path / "ssh_config"
    config.write_text(f"Host *\n  ProxyCommand {sys.executable} {tmp_path}/relay.py %p {tmp_path}/pids\n")
    assert ask(ssh_host.target, config) == "in\n"
    [pid] = pids_in(tmp_path / "pids")
    assert not is_alive(pid)


def test_a_proxy_command_that_fails_shows_its_last_words(ssh_host: SshHost, tmp_path: Path) -> None:
    """Its own message is the only one that helps; paramiko's class waited for ever."""
    config = tmp_path / "ssh_config"
    config.write_text("Host *\n  ProxyCommand echo 'no login for you' >&2; exit 1\n")
    with pytest.raises(HostUnreachable) as caught:
        ask(ssh_host.target, config)
    assert caught.value.evidence == ("no login for you",)
