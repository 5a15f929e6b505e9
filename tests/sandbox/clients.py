"""What the tests talk to a sandbox with: HTTP by the standard library, SSH by paramiko and by OpenSSH."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from ccdeploy.sandbox.state import State


@dataclass(frozen=True)
class Reply:
    """An answer, whole."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


def http_call(port: int, path: str, body: object = None, headers: dict[str, str] | None = None) -> Reply:
    """GET, or POST with a JSON body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        data = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection.request("GET" if body is None else "POST", path, data, sent)
        response = connection.getresponse()
        return Reply(response.status, response.read())
    finally:
        connection.close()


@contextmanager
def ssh_connection(state: State, user: str | None = None) -> Iterator[paramiko.SSHClient]:
    """Connect as the host entry says, with its own known_hosts and nothing else."""
    entry = state.host["ssh"]
    client = paramiko.SSHClient()
    client.load_host_keys(entry["known_hosts"])
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(
        entry["address"],
        entry["port"],
        username=user or entry["user"],
        key_filename=entry["identity_file"],
        allow_agent=False,
        look_for_keys=False,
        timeout=10,
    )
    try:
        yield client
    finally:
        client.close()


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    status: int
    out: bytes
    err: bytes


def run(client: paramiko.SSHClient, command: str, stdin: bytes = b"") -> Ran:
    """Run a command with `stdin`, then its end."""
    channel = open_channel(client)
    channel.exec_command(command)
    channel.sendall(stdin)
    channel.shutdown_write()
    out = channel.makefile("rb").read()
    err = channel.makefile_stderr("rb").read()
    return Ran(channel.recv_exit_status(), out, err)


def open_channel(client: paramiko.SSHClient) -> paramiko.Channel:
    """Open a session channel."""
    transport = client.get_transport()
    assert transport
    return transport.open_session(timeout=60)


def forward(client: paramiko.SSHClient, port: int, address: str = "127.0.0.1") -> paramiko.Channel:
    """Open a direct-tcpip channel; paramiko.ChannelException carries the code of a refusal."""
    transport = client.get_transport()
    assert transport
    return transport.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=10)


def sessions(state: State, kind: str) -> list[dict[str, Any]]:
    """Return the lines of ssh.log of one kind."""
    log = state.folder / ".ccdeploy" / "sandbox" / "ssh.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in map(json.loads, lines) if line["kind"] == kind]


def env_of(state: State) -> dict[str, str]:
    """Return what the sandbox's .env sets."""
    text = Path(state.host["root"], ".env").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line)
