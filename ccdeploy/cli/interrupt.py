"""Ctrl-C, SIGTERM and SIGHUP: the first asks the verb to stop, and leaves it the time to restore the host."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from ccdeploy.errors import CcdeployError, Interrupted, Stranded

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = b"\nccdeploy: still restoring the host; once more ends at once, unrestored\n"
_LATER_S = 0.01  # by then a finalizer is over; another one may have begun
_POSTPONED_AT_MOST = 100  # a second: one that hangs is no finalizer that will soon be over
_ENOUGH = 3  # the first stops, the second is answered, the third means it


class _Told(KeyboardInterrupt):
    """A signal, as an exception of our own.

    `python -m` ends by SIGINT in the end, whatever code it is given, when a bare KeyboardInterrupt has passed through
    `exec`: as it does in the middle of an import that makes a dataclass.
    """

    def __init__(self, how: str, number: int) -> None:
        super().__init__(how)
        self.number = number


class Interrupts:
    """Counts the interrupts of one verb."""

    def __init__(self) -> None:
        self.count = 0
        self.how = "interrupted"
        self._postponed = 0

    def take(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt in the main thread, except for an impatient second time."""
        if self._postponed < _POSTPONED_AT_MOST and _is_in_finalizer(frame):  # paramiko's of a channel swallows all
            self._postponed += 1
            _send_later(number)
            return
        self._postponed = 0
        self.count += 1
        if self.count == 1 or self.count >= _ENOUGH:
            self.how = f"interrupted by {signal.Signals(number).name}" if number != signal.SIGINT else "interrupted"
            raise _Told(self.how, number)
        with contextlib.suppress(OSError, ValueError, AttributeError):
            # Past every buffer and lock: the interrupted code may hold them.
            os.write(sys.stderr.fileno(), _PATIENCE)

    def again(self, lost: sys.UnraisableHookArgs) -> bool:
        """Send a signal of ours anew that came while Python ran a finalizer, where nothing can be raised."""
        if not isinstance(lost.exc_value, _Told):
            return False
        self.count -= 1
        _send_later(lost.exc_value.number)
        return True

    def error(self) -> CcdeployError:
        """Return the error of a verb that a KeyboardInterrupt ended."""
        if self.count >= _ENOUGH:
            return Stranded(
                "interrupted before the host was restored",
                hint="see what serves with `ccdeploy status`, and set it right with `ccdeploy rollback`",
            )
        return Interrupted(self.how)


def _is_in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def _send_later(number: int) -> None:
    main = threading.main_thread().ident
    assert main is not None  # noqa: S101  # it has begun
    later = threading.Timer(_LATER_S, signal.pthread_kill, (main, number))
    later.daemon = True
    later.start()


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Turn the signals that end a process into KeyboardInterrupt, inside the block.

    A signal that was ignored from the start stays ignored: `nohup ccdeploy deploy` means it.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    unraisable = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if interrupts.again(lost) else unraisable(lost)
    for number in taken:
        signal.signal(number, interrupts.take)
    try:
        yield interrupts
    finally:
        sys.unraisablehook = unraisable
        for number in taken:
            signal.signal(number, before[number])
