"""Connecting and authenticating: each fault is one sentence with a remedy, and none takes for ever."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import AuthenticationFailed, ConnectFailed, HostUnreachable
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.support.agent import add, agent
from tests.support.openssh import sshd
from tests.support.processes import is_alive, pids_in
from tests.support.ssh_host import SshHost, free_port, make_key

ASK = Command("ask", "echo in")


def ask(target: SshTarget, config: Path | None = None) -> str:
    """Connect, ask, and close."""
    transport = SshTransport("studio", target, config_file=config)
    try:
        return transport.run(ASK).text
    finally:
        transport.close()


@pytest.fixture
def no_config(tmp_path: Path) -> Path:
    """An OpenSSH config that says nothing."""
    (tmp_path / "ssh_config").touch()
    return tmp_path / "ssh_config"


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
            held[0].sendall(greeting)

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(HostUnreachable, match="did not complete an SSH handshake"):
            ask(SshTarget("127.0.0.1", listener.getsockname()[1], connect_timeout_s=0.5))
        held[0].close()


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


def test_a_refused_key_names_the_user_and_the_keys(ssh_host: SshHost, tmp_path: Path) -> None:
    """Whoever reads it knows which key to put where."""
    key = make_key(tmp_path / "stranger")
    with pytest.raises(AuthenticationFailed) as caught:
        ask(replace(ssh_host.target, identity_file=str(key)))
    assert caught.value.message == (
        f"studio: {ssh_host.user}@127.0.0.1 port {ssh_host.port} does not let us in: tried {key}"
    )
    assert "authorized_keys" in str(caught.value.hint)


def test_a_key_that_is_not_there_is_named(ssh_host: SshHost, tmp_path: Path) -> None:
    """A path of somebody else's machine in hosts.yaml."""
    with pytest.raises(AuthenticationFailed, match=f"no key to try; {tmp_path}/none is not there"):
        ask(replace(ssh_host.target, identity_file=f"{tmp_path}/none"))


def test_an_encrypted_key_without_an_agent_names_ssh_add(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A passphrase is never asked for in the middle of a deploy."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    key = make_key(tmp_path / "locked", passphrase="open sesame")
    with pytest.raises(AuthenticationFailed, match="is encrypted and no agent holds it") as caught:
        ask(replace(ssh_host.target, identity_file=str(key)))
    assert f"ssh-add {key}" in str(caught.value.hint)


def test_a_locked_key_is_used_through_the_agent(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual way to work with a passphrase: only the public half is read from the file."""
    client = ssh_host.folder / "client_key"
    locked = tmp_path / "locked"
    locked.write_bytes(client.read_bytes())
    locked.chmod(0o600)
    Path(f"{locked}.pub").write_text(Path(f"{client}.pub").read_text())
    with agent(tmp_path, client) as path:
        lock = ["/usr/bin/env", "ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(locked)]
        subprocess.run(lock, check=True, capture_output=True)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        assert ask(replace(ssh_host.target, identity_file=str(locked))) == "in\n"


def test_the_identity_agent_of_the_config_is_asked(
    ssh_host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1Password and Secretive live behind it; paramiko knows only SSH_AUTH_SOCK."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with agent(tmp_path, ssh_host.folder / "client_key") as path:
        config = tmp_path / "ssh_config"
        config.write_text(f"Host *\n  IdentityAgent {path}\n  IdentityFile {tmp_path}/none\n")
        assert ask(replace(ssh_host.target, identity_file=None), config) == "in\n"


def test_an_agent_with_many_keys_does_not_lock_out_the_named_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sshd cuts the connection after six keys: an identity_file is offered alone."""
    with sshd(tmp_path / "host", more="MaxAuthTries 2\n") as host, agent(tmp_path, make_key(tmp_path / "k0")) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        for number in (1, 2, 3):
            key = make_key(tmp_path / f"k{number}")
            add(path, key)
        assert ask(host.target) == "in\n"


def test_too_many_refused_keys_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_config: Path) -> None:
    """Without a named key, every key of the agent is tried, until the server has enough."""
    with sshd(tmp_path / "host", more="MaxAuthTries 2\n") as host, agent(tmp_path, make_key(tmp_path / "k0")) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        for number in (1, 2, 3):
            key = make_key(tmp_path / f"k{number}")
            add(path, key)
        with pytest.raises(AuthenticationFailed, match="agent key test ed25519, agent key test ed25519"):
            ask(replace(host.target, identity_file=None), no_config)


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
