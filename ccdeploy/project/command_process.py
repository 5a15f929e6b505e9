"""A command of the user's in the terminal that we were started in, from its start to its end.

Its three streams are ours, and there is no time-out. Signals that would end us are passed on to it
instead, so that whoever started it is there to tidy up when it has ended.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ccdeploy.errors import Refused
from ccdeploy.results import CommandRun
from ccdeploy.units import human_seconds

GRACE_S = 10.0  # between SIGTERM or SIGHUP and SIGKILL: whoever sends us these has little patience himself
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_OF_THE_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
_NOT_FOUND, _NOT_STARTED = 127, 126  # as every shell tells them


def demand_command(name: str) -> None:
    """Raise Refused when there is no such command, or when it cannot be run."""
    if os.sep not in name:
        if shutil.which(name) is None:
            is_here = Path(name).is_file()
            remedy = f"write ./{name}" if is_here else "write its path, or install it"
            raise Refused(f"there is no command '{name}' in PATH; nothing was touched", hint=remedy)
        return
    if not Path(name).is_file():
        raise Refused(f"there is no command '{name}'; nothing was touched", hint="the path starts in the folder here")
    if not os.access(name, os.X_OK):
        raise Refused(f"'{name}' is not executable; nothing was touched", hint=f"chmod +x {name}")


def run_command(words: Sequence[str], environ: Mapping[str, str], stdout: int | None = None) -> CommandRun:
    """Run a command to its end; `stdout` is another descriptor for its output than ours.

    It has the terminal, if we have: Ctrl-C reaches it by itself, and ends it if it wants. Elsewhere it
    gets a group of its own, and every signal that comes to us.
    """
    began = time.monotonic()
    has_terminal = _has_terminal()
    with _Relay(has_terminal).relaying() as relay:
        try:
            process = _started(words, environ, stdout, None if has_terminal else 0)
        except OSError as exc:
            is_missing = isinstance(exc, FileNotFoundError)
            detail = f"{words[0]} cannot be started: {exc.strerror}"
            return CommandRun(words[0], _NOT_FOUND if is_missing else _NOT_STARTED, 0.0, detail)
        relay.is_started(process)
        code = process.wait()
        relay.is_ended()
    detail = relay.told or (f"{words[0]} was ended by {_name(-code)}" if code < 0 else "")
    return CommandRun(words[0], 128 - code if code < 0 else code, round(time.monotonic() - began, 3), detail)


def _started(
    words: Sequence[str], environ: Mapping[str, str], stdout: int | None, group: int | None
) -> subprocess.Popen[bytes]:
    """Start it; a script without a first line that names its interpreter is one for sh, as shells take it."""
    try:
        return subprocess.Popen(list(words), env=dict(environ), stdout=stdout, process_group=group)
    except OSError as exc:
        if exc.errno != errno.ENOEXEC:
            raise
        path = shutil.which(words[0]) or words[0]
        return subprocess.Popen(["/bin/sh", path, *words[1:]], env=dict(environ), stdout=stdout, process_group=group)


def _has_terminal() -> bool:
    """Whether what is typed on the terminal that we were started in comes to us, and to what we start."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


class _Relay:
    """Passes signals on to a process, and counts none of them for us."""

    def __init__(self, has_terminal: bool) -> None:
        self.told = ""
        self._has_terminal = has_terminal
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._timer: threading.Timer | None = None

    @contextlib.contextmanager
    def relaying(self) -> Iterator[_Relay]:
        """Take the signals inside the block; one that was ignored from the start stays ignored, for both."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
        for number in taken:
            signal.signal(number, self._take)
        try:
            yield self
        finally:
            self.is_ended()
            for number in taken:
                signal.signal(number, before[number])

    def is_started(self, process: subprocess.Popen[bytes]) -> None:
        """Name the process; it gets what came while it was started."""
        self._process = process
        for number in self._early:
            self._pass_on(number)

    def is_ended(self) -> None:
        """Forget the process."""
        self._process = None
        if self._timer:
            self._timer.cancel()

    def _take(self, number: int, frame: object) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        if number in _OF_THE_KEYBOARD:
            if not self._has_terminal:  # else the terminal sent it to both of us
                self._send(number)
            return
        self._send(number)
        if self._timer is None:
            self._timer = threading.Timer(GRACE_S, self._kill)
            self._timer.daemon = True
            self._timer.start()

    def _kill(self) -> None:
        self.told = f"it had to be killed: it did not end within {human_seconds(GRACE_S)} of being told to"
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._has_terminal:
                process.send_signal(number)
            else:
                os.killpg(process.pid, number)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
