"""A program on a terminal of its own, and a person before it who reads and types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.waiting import until

_LOOKS_EVERY_S = 0.1  # whether the window was closed


class Seat:
    """What a person has: the screen so far, and a keyboard."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process = process
        self._master = master
        self._shown = bytearray()
        self._is_closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def screen(self) -> str:
        """All that was shown, control characters included."""
        return bytes(self._shown).decode("utf-8", "replace")

    def see(self, text: str, times: int = 1) -> None:
        """Wait until `text` was shown so often."""
        until(lambda: self.screen.count(text) >= times or self._process.poll() is not None, f"{text!r} on the screen")
        assert self.screen.count(text) >= times, self.screen

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def hang_up(self) -> None:
        """Close the window; safe to repeat."""
        if not self._is_closed:
            self._is_closed = True
            self._reader.join(5)
            os.close(self._master)

    def end(self) -> int:
        """Wait for the program's end and return its exit code."""
        code = self._process.wait(180)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # Linux says EIO when the last program has left the terminal
            while not self._is_closed:
                if select.select([self._master], [], [], _LOOKS_EVERY_S)[0]:
                    if not (data := os.read(self._master, 4096)):
                        return
                    self._shown += data


@contextlib.contextmanager
def at_terminal(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> Iterator[Seat]:
    """Run a program with a terminal as its three streams and as its controlling one; end it with the block."""
    master, slave = pty.openpty()
    # The first program of a session that opens a terminal gets it as its controlling one.
    take = f'exec "$@" <>{os.ttyname(slave)} >&0 2>&0'
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", take, "sh", *argv], stdin=slave, cwd=cwd, env=dict(env), start_new_session=True
        )
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    seat = Seat(process, master)
    try:
        yield seat
    finally:
        process.kill()
        process.wait()
        seat.hang_up()
