"""A real ssh-agent of a test's own, ended with it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import until


@contextmanager
def agent(folder: Path, *keys: Path) -> Iterator[Path]:
    """Run an ssh-agent that holds `keys`; yield its socket."""
    path = folder / "agent.sock"
    process = subprocess.Popen(["/usr/bin/env", "ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        until(lambda: _answers(path), "the agent")
        for key in keys:
            add(path, key)
        yield path
    finally:
        process.terminate()
        process.wait()


def add(agent: Path, key: Path) -> None:
    """Give an agent a key."""
    environment = {**os.environ, "SSH_AUTH_SOCK": str(agent)}
    subprocess.run(["/usr/bin/env", "ssh-add", "-q", str(key)], check=True, capture_output=True, env=environment)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(str(path)) == 0
