"""Something that happens once, for threads that wait for it: threading.Event, and whole whenever Ctrl-C comes.

An Event takes its lock in Python code. KeyboardInterrupt between that and the `try:` after it leaves the lock
taken, and whoever sets the event or waits for it next does so for ever. Here nothing is taken but a lock of Python's
own, in one step, by whoever waits for what is not yet. (`queue.SimpleQueue` would do, but for a signal whose handler
raises nothing: in Python 3.11 and 3.12 one that comes just before a time-out makes it wait without end.)
"""

from __future__ import annotations

import threading
from contextlib import suppress


class Latch:
    """Is set once, and stays so. The names are those of threading.Event."""

    def __init__(self) -> None:
        self._is_set = False
        self._gate = threading.Lock()
        self._gate.acquire()

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """Let whoever waits go on; safe to repeat."""
        self._is_set = True
        self._open()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has happened, or for `timeout_s`, 0 or more; return whether it has."""
        if not self._is_set and self._gate.acquire(timeout=-1 if timeout_s is None else timeout_s):
            self._open()  # for another who waits
        return self._is_set

    def _open(self) -> None:
        with suppress(RuntimeError):  # it is open
            self._gate.release()
