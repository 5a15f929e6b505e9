"""One bash for a whole page, on a terminal: what a command leaves behind (a folder, `$?`), the next one finds."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte

COLUMNS = 120
_MARK = b"-- the command ended with "
# Lines that a program did not break itself stay whole on a page.
_WIDEST, _LONGEST = 400, 400


class Stuck(Exception):
    """A command of a page does not end."""


@dataclass(frozen=True)
class Shell:
    """The running bash, and our end of its terminal."""

    process: subprocess.Popen[bytes]
    terminal: int
    timeout_s: float

    def run(self, command: str, *, is_interrupted: bool = False) -> tuple[int, bytes]:
        """Run a command; return its exit code, and all that it wrote to the terminal. Raises Stuck.

        One that would never end gets what Ctrl-C sends as soon as it has written something.
        """
        # In braces the command runs in this very shell; `$?` of the one before is put back first.
        ended = f'code=$?; printf "%s%s\\n" "{_MARK.decode()}" "$code"'
        script = f"(exit ${{code:-0}}); {{ {command}\n}} </dev/null; {ended}\n"
        assert self.process.stdin is not None  # noqa: S101  # it was asked for
        self.process.stdin.write(script.encode())
        self.process.stdin.flush()
        first = b""
        if is_interrupted:
            first = self._read(command, b"", time.monotonic() + self.timeout_s)
            os.killpg(self.process.pid, signal.SIGINT)
        written, _, code = self._until_mark(command, first).rpartition(_MARK)
        return int(code), written

    def _until_mark(self, command: str, seen: bytes) -> bytes:
        end = time.monotonic() + self.timeout_s
        while True:
            _, mark, code = seen.rpartition(_MARK)
            if mark and code.endswith(b"\n"):
                return seen
            seen += self._read(command, seen, end)

    def _read(self, command: str, seen: bytes, end: float) -> bytes:
        ready, _, _ = select.select([self.terminal], [], [], max(end - time.monotonic(), 0))
        if not ready:
            raise Stuck(f"{command}\ndoes not end; so far it wrote\n{on_screen(seen)}")
        return os.read(self.terminal, 65_536)


@contextmanager
def shell(folder: Path, environment: Mapping[str, str], timeout_s: float = 90.0) -> Iterator[Shell]:
    """Run a bash in a folder; with the block it ends, and what it was doing."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LONGEST, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["/bin/bash", "--noprofile", "--norc"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        process_group=0,  # which an interrupt is sent to
    )
    os.close(theirs)
    try:
        running = Shell(process, ours, timeout_s)
        running.run("trap : INT")  # it is for the command, not for its shell
        yield running
    finally:
        process.terminate()
        process.wait()
        os.close(ours)


def on_screen(written: bytes) -> str:
    """Return what a person sees in the end of what was written to a terminal: a live list erases itself."""
    screen = pyte.Screen(_WIDEST, _LONGEST)
    pyte.ByteStream(screen).feed(written)
    return "\n".join(line.rstrip() for line in screen.display).strip("\n")
