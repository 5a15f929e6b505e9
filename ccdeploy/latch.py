"""Something that happens once, for threads that wait for it: threading.Event, and whole whenever Ctrl-C comes.

An Event takes its lock in Python code. KeyboardInterrupt between that and the `try:` after it leaves the lock
taken, and whoever sets the event or waits for it next does so for ever. `queue.SimpleQueue` is written in C, where
nothing is raised in between (https://docs.python.org/3/library/queue.html#simplequeue-objects).
"""

from __future__ import annotations

import queue
from contextlib import suppress


class Latch:
    """Is set once, and stays so. The names are those of threading.Event."""

    def __init__(self) -> None:
        self._is_set = False
        self._word: queue.SimpleQueue[None] = queue.SimpleQueue()

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """Let whoever waits go on; safe to repeat."""
        self._is_set = True
        self._word.put(None)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has happened, or so many seconds; return whether it has."""
        if not self._is_set:
            with suppress(queue.Empty):
                self._word.get(timeout=timeout_s)
                self._word.put(None)  # for another who waits
        return self._is_set
