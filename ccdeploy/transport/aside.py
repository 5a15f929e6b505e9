"""What takes locks of a library's is done beside the main thread, which Ctrl-C may stop between any two steps.

paramiko and httpcore take a lock first and try afterwards (`lock.acquire()`, then `try:`; channel.py and transport.py
of paramiko 5.1, _synchronization.py of httpcore 1.0). KeyboardInterrupt is raised in the main thread alone: between
the two it leaves the lock taken, and whoever puts the host right again over this connection waits in vain.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from ccdeploy.latch import Latch

T = TypeVar("T")


class Aside(Generic[T]):
    """Work that is under way in a thread of its own, for whose end nobody has to wait."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = Latch()
        self._came: list[T] = []
        self._fault: BaseException | None = None
        self._left: deque[Callable[[T], object]] = deque()

    def begin(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="aside", daemon=True).start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for its end, or so many seconds; return whether it has ended. Ctrl-C is raised at once."""
        return self._done.wait(timeout_s)

    def result(self) -> T:
        """Return what came of it, or raise it; it has ended."""
        if self._fault is not None:
            raise self._fault
        return self._came[0]

    def leave(self, too_late: Callable[[T], object]) -> None:
        """Leave it to its end, if it has begun; what it returns then, or has returned, is handed to `too_late`."""
        self._left.append(too_late)
        if self._done.is_set():
            threading.Thread(target=self._clear_away, name="aside", daemon=True).start()

    def _run(self) -> None:
        if self._left:  # before it had begun: nothing is done for nobody
            self._done.set()
            return
        try:
            self._came.append(self._work())
        except BaseException as exc:  # raised where somebody asks
            self._fault = exc
        self._done.set()
        self._clear_away()

    def _clear_away(self) -> None:
        """See to what came too late, once: whichever comes second does, the end of the work or the leaving."""
        if not (self._left and self._came):
            return
        try:
            too_late = self._left.pop()
        except IndexError:  # both came at once, and the other one was quicker
            return
        with suppress(Exception):  # nobody is there any more to hear of it
            too_late(self._came[0])


def aside(work: Callable[[], T], too_late: Callable[[T], object] = lambda _: None) -> T:
    """Return what `work` returns, or raise what it raises.

    Ctrl-C is raised at once, and leaves the work to its end; what it then returns is handed to `too_late`.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    under_way = Aside(work)
    try:
        under_way.begin()
        under_way.wait()
        return under_way.result()
    except BaseException:  # Ctrl-C, or what a signal handler raised; of work that failed nothing is left to close
        under_way.leave(too_late)
        raise
