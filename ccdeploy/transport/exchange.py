"""One script under way: writes its input and reads both of its streams at the same time.

It knows nothing of SSH: whoever starts the process hands in a `Process`. Everything that blocks
does so in daemon threads, so the caller can always stop waiting, and Ctrl-C always reaches it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from ccdeploy.latch import Latch
from ccdeploy.shell.command import MOST_BYTES

# A program left behind by a script may hold its output open for ever: after the script ended,
# this much silence means that nothing more belongs to its answer.
SILENCE_S = 1.0


class Process(Protocol):
    """A running program with three streams, local or remote. Reading returns b"" at the end.

    What is lost while it is read is BrokenPipeError.
    """

    def write(self, data: bytes) -> None:
        """Write all of `data` to its standard input; OSError when it no longer reads."""
        ...

    def end_input(self) -> None:
        """Close its standard input."""
        ...

    def read(self) -> bytes:
        """Read some of its standard output."""
        ...

    def read_error(self) -> bytes:
        """Read some of its standard error."""
        ...

    def wait(self) -> int | None:
        """Wait for its end and return its status; None when the status never came."""
        ...

    def close(self) -> None:
        """Let go of it, without ending it."""
        ...


class Exchange:
    """Starts a process at the first `wait`, and gathers its answer in the background.

    Not before: Ctrl-C that comes while the background is set up must find somebody who waits, or
    the script would go on unheard.
    """

    def __init__(self, start: Callable[[], Process], stdin: bytes, most_bytes: int = MOST_BYTES) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.status: int | None = None
        self.error: BaseException | None = None
        self.is_too_long = False  # more came than is taken in; nothing is read any more
        self._is_cut = False  # the connection was lost in the midst of the answer
        self._most_bytes = most_bytes
        self._start = start
        self._stdin = stdin
        self._process: Process | None = None
        self._is_abandoned = False
        self._done = Latch()
        self._has_begun = False

    def wait(self, timeout_s: float) -> bool:
        """Start if need be, and wait for the end; False when it did not come in time."""
        if not self._has_begun:
            self._has_begun = True
            _in_background(self._run)
        return self._done.wait(max(timeout_s, 0.0))

    def abandon(self) -> None:
        """Stop listening. The process is not ended by this; a script cut off on its way runs nothing."""
        self._is_abandoned = True
        if self._process is not None:
            _in_background(self._process.close)  # a full socket buffer would hold the caller here

    def _run(self) -> None:
        try:
            process = self._process = self._start()
            if not self._is_abandoned:
                self._converse(process)
        except BaseException as exc:  # handed to the caller, who translates it
            self.error = exc
        finally:
            if self._process is not None:
                self._process.close()
            self._done.set()

    def _converse(self, process: Process) -> None:
        readers = [
            _in_background(self._drain, process.read, self.stdout),
            _in_background(self._drain, process.read_error, self.stderr),
        ]
        _in_background(_feed, process, self._stdin)
        self.status = process.wait()
        self._read_the_rest(readers)
        if self._is_cut:
            self.status = None  # whatever it is, it is not that of the answer that has come

    def _drain(self, read: Callable[[], bytes], into: bytearray) -> None:
        try:
            while data := read():
                into += data
                if len(into) > self._most_bytes:
                    self.is_too_long = True
                    self._done.set()
                    return
        except BrokenPipeError:
            self._is_cut = True
        except (OSError, ValueError):  # closed under us: what came until then is the answer
            return

    def _read_the_rest(self, readers: list[threading.Thread]) -> None:
        size, since = -1, time.monotonic()
        while any(reader.is_alive() for reader in readers):
            if size != (size := len(self.stdout) + len(self.stderr)):
                since = time.monotonic()
            if time.monotonic() - since > SILENCE_S:
                return
            for reader in readers:
                reader.join(0.05)


def _in_background(work: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def _feed(process: Process, stdin: bytes) -> None:
    try:
        process.write(stdin)
        process.end_input()
    except (OSError, ValueError):  # it ended before it had read everything: its status says why
        return
