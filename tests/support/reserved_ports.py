"""Two ports for the host of a test, which nobody else takes while the test runs, bound or not.

A proxy that is stopped gives its port up for a moment, and tests run side by side: the ports are
kept by locked files, and lie below those that `free_port`, sandboxes and outgoing connections are given.
"""

from __future__ import annotations

import fcntl
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.support.free_port import folder_of_locks, is_unused

FIRST, LAST = 10_000, 14_999
_TRIES = 200


@contextmanager
def reserved_ports(count: int = 2) -> Iterator[tuple[int, ...]]:
    """Reserve so many free ports until the end of the block."""
    folder = folder_of_locks()
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(range(FIRST, LAST), _TRIES):
            file = held.enter_context((folder / str(port)).open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if is_unused(port):
                found.append(port)
            if len(found) == count:
                break
        assert len(found) == count, f"no {count} free ports between {FIRST} and {LAST}"
        yield tuple(found)
