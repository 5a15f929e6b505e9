"""Somebody at a terminal: starts a program on a real one, waits for what it shows, and types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Makes the terminal the one that controls the program, so that Ctrl-C reaches it.
_ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
PATIENCE_S = 30.0  # a busy machine; whoever waits for what never comes must be told


class Typist:
    """One program on a terminal of its own; its stdout may go elsewhere."""

    def __init__(
        self, words: Sequence[str], folder: Path, environ: Mapping[str, str], stdout: Path | None = None
    ) -> None:
        self._terminal, theirs = pty.openpty()
        out = theirs if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600)
        command = [sys.executable, "-c", _ON_ITS_TERMINAL, *words]
        self._program = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=theirs, stdout=out, stderr=theirs, start_new_session=True
        )
        for descriptor in {theirs, out}:
            os.close(descriptor)
        self.shown = ""

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *_: object) -> None:
        if self._program.poll() is None:
            self._program.kill()
            self._program.wait()
        os.close(self._terminal)

    def type(self, text: str) -> None:
        """Type a text; what the program shows from now on is looked at anew."""
        self.shown = ""
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str) -> str:
        """Return what is shown, once `text` is in it. Raises AssertionError when it does not come."""
        until = time.monotonic() + PATIENCE_S
        while text not in self.shown:
            if not self._read(until):
                raise AssertionError(f"{text!r} does not come; shown is {self.shown!r}")
        return self.shown

    def end(self) -> int:
        """Return what the program ends with."""
        until = time.monotonic() + PATIENCE_S
        while self._read(until):
            pass
        return self._program.wait(PATIENCE_S)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # Linux says so when the program has closed its end
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)
