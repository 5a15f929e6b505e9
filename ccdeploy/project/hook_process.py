"""One executable of the user's, from its start to its end or its time-out, with all that it started itself."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ccdeploy.results import HookRun
from ccdeploy.units import human_seconds

GRACE_S = 5.0  # between SIGTERM and SIGKILL: enough for a script to tidy up
_LOOK_EVERY_S = 0.05
_MOST_READS = 64  # of what is left in the pipe at the end: a child that prints for ever keeps nobody here
_LONGEST_LINE = 4096  # characters; a program that prints no newline must not fill the memory
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Executable:
    """What is to be run: `shown` is its path below `folder`, where it runs."""

    shown: str
    folder: Path
    stdin: bytes
    environ: Mapping[str, str]
    timeout_s: float

    @property
    def name(self) -> str:
        """The name of the hook."""
        return self.shown.rpartition("/")[2]


def run_executable(wanted: Executable, tell: Callable[[str], None]) -> HookRun:
    """Run an executable to its end; `tell` gets each line that it prints.

    Its input is a file, not a pipe: who does not read it is not disturbed, and nobody waits for it.
    Raises KeyboardInterrupt when a signal came meanwhile; the executable has ended by then.
    """
    began = time.monotonic()
    try:
        given = _kept(wanted.stdin)
    except OSError as exc:
        detail = f"{wanted.shown} was not started: its input cannot be kept in a temporary file: {exc.strerror}"
        return HookRun(wanted.name, "not-started", detail=detail)
    with given, _interruptible():
        try:
            # A session of its own: no terminal to ask on, and one group to end with all that it starts.
            process = subprocess.Popen(
                [str((wanted.folder / wanted.shown).absolute())],  # it is looked for from within `cwd`
                cwd=wanted.folder,
                env=dict(wanted.environ),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as exc:
            return HookRun(wanted.name, "not-started", detail=_unstartable(wanted.shown, exc))
        is_over = _watched(process, _Lines(tell), began + wanted.timeout_s)
    return _ended(wanted, process.returncode, round(time.monotonic() - began, 3), is_over=is_over)


def _kept(data: bytes) -> IO[bytes]:
    """Return a file with what a program is to read, at its beginning. Raises OSError where there is no room for one."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is the caller's
    try:
        file.write(data)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _watched(process: subprocess.Popen[bytes], lines: _Lines, deadline: float) -> bool:
    """Pass on what it prints until it ends; end it at the deadline, and return whether that was needed."""
    out = process.stdout
    assert out is not None  # noqa: S101 # we asked for a pipe
    os.set_blocking(out.fileno(), False)
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if not lines.read(out):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
        is_over = process.poll() is None
        if is_over:
            _end(process)
    except BaseException:
        _end(process)
        raise
    finally:
        # What a child of its own still holds open is not waited for.
        for _ in range(_MOST_READS):
            if not lines.read(out, 0) or not lines.has_news:
                break
        lines.close()
        out.close()
    return is_over


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: asked first, then killed; whoever interrupts meanwhile means it."""
    try:
        _signal(process.pid, signal.SIGTERM)
        process.wait(GRACE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass
    finally:
        _signal(process.pid, signal.SIGKILL)  # the leader may have gone and left children that heard nothing
        process.wait()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have every signal that ends a process end the hook, the second and third ones too.

    Around it the second one is only answered, because a host is being restored; here none is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


class _Lines:
    """Cuts what a program prints into lines."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self.has_news = False

    def read(self, out: IO[bytes], wait_s: float = _LOOK_EVERY_S) -> bool:
        """Take what is there within a moment; False once nobody can print any more."""
        self.has_news = bool(select.select([out], [], [], wait_s)[0])
        if not self.has_news:
            return True
        data = os.read(out.fileno(), 65536)
        self._take(self._decoder.decode(data, final=not data))
        return bool(data)

    def close(self) -> None:
        """Tell the last line, which need not end with a newline."""
        if self._rest:
            self._tell(self._rest)
            self._rest = ""

    def _take(self, text: str) -> None:
        *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            self._tell(line.removesuffix("\r"))
        while len(self._rest) > _LONGEST_LINE:
            self._tell(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]


def _ended(wanted: Executable, code: int, seconds: float, *, is_over: bool) -> HookRun:
    name, shown = wanted.name, wanted.shown
    if is_over:
        detail = f"{shown} ran over {human_seconds(wanted.timeout_s)} and was ended"
        return HookRun(name, "timed-out", seconds, None, detail)
    if code < 0:
        return HookRun(name, "failed", seconds, None, f"{shown} was ended by {_signal_name(-code)}")
    if code:
        return HookRun(name, "failed", seconds, code, f"{shown} ended with {code}")
    return HookRun(name, "ok", seconds, 0)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _unstartable(shown: str, exc: OSError) -> str:
    if exc.errno == errno.ENOEXEC:
        return f"{shown} cannot be started: its first line names no interpreter; begin it with #!/bin/sh"
    if exc.errno == errno.ENOENT:
        return f"{shown} cannot be started: the interpreter that its first line names does not exist; correct that line"
    return f"{shown} cannot be started: {exc.strerror}"
