"""One litellm process of a test, real or stand-in: started on a free port, asked, and always ended."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.free_port import free_port
from tests.support.waiting import until

KEY = "sk-made-up-for-this-test"


@dataclass(frozen=True)
class Answer:
    """What an HTTP request was answered with; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def ask(port: int, path: str, key: str | None = None, body: Any = None) -> Answer:
    """Send one request on a connection of its own: GET, or POST when there is a body. Raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        if body is None:
            connection.request("GET", path, headers=headers)
        else:
            connection.request("POST", path, json.dumps(body), headers | {"Content-Type": "application/json"})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def is_open(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Gateway:
    """A litellm process and its log."""

    process: subprocess.Popen[bytes]
    port: int
    log_path: Path

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def ask(self, path: str, key: str | None = KEY, body: Any = None) -> Answer:
        """Send one request, by default with the right key."""
        return ask(self.port, path, key, body)

    def names(self) -> list[str]:
        """Return the names that it serves."""
        return [entry["id"] for entry in self.ask("/v1/models").json["data"]]

    def ready(self, within_s: float = 60.0) -> Gateway:
        """Wait until it listens; fail with its log when it ends before."""
        until(lambda: is_open(self.port) or not self.is_alive, f"litellm on port {self.port}", within_s)
        assert self.is_alive, f"litellm ended with {self.process.returncode}:\n{self.log}"
        return self

    def ended(self, within_s: float = 20.0) -> int:
        """Wait for its end and return the status; a signal counts as minus its number."""
        return self.process.wait(within_s)


@contextmanager
def gateway(
    argv: Sequence[str], folder: Path, *, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Gateway]:
    """Start `argv --config folder/config.yaml --port N --host 127.0.0.1` and end it, whatever happens."""
    port = port or free_port()
    log_path = folder / f"litellm-{port}.log"
    command = [*argv, "--config", str(folder / "config.yaml"), "--port", str(port), "--host", "127.0.0.1"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LITELLM_", "OLLAMA_"))}
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | {"LITELLM_MASTER_KEY": KEY} | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Gateway(process, port, log_path)
    finally:
        # The whole session: workers of a parent that was killed would live on.
        if _has_members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
