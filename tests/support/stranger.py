"""Another program on this machine, with a port that we want."""

from __future__ import annotations

import subprocess
import sys

from tests.support.gateway import is_open
from tests.support.waiting import until


class Stranger:
    """A program on this machine that is none of ours, with a port that we want."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def listen(self) -> None:
        """Take the port."""
        code = f"import socket as s; server = s.create_server(('127.0.0.1', {self._port}))\nwhile 1: server.accept()"
        self._process = subprocess.Popen([sys.executable, "-S", "-c", code], stderr=subprocess.DEVNULL)
        until(lambda: is_open(self._port), f"a stranger on port {self._port}")

    @property
    def is_listening(self) -> bool:
        """Whether it still has it."""
        return self._process is not None and self._process.poll() is None and is_open(self._port)

    def close(self) -> None:
        """End."""
        if self._process:
            self._process.kill()
            self._process.wait()
