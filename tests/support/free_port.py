"""A loopback port that nobody listens on, and that no other test is given before this one has long ended.

What the system hands out by itself may be handed out again a moment later, to whoever connects: each
process that runs tests has some ports of its own instead, kept by a locked file, and goes round them.
They lie below those that sandboxes and outgoing connections are given.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TextIO

FIRST, LAST = 15_000, 19_999
EACH = 200
_HELD: list[TextIO] = []


def free_port() -> int:
    """Return a port that nobody listens on, another one at each call."""
    for port in itertools.islice(_ours(), EACH):
        if is_unused(port):
            return port
    raise AssertionError(f"none of the {EACH} ports of this process is free")


@cache
def _ours() -> Iterator[int]:
    folder = folder_of_locks()
    for first in range(FIRST, LAST, EACH):
        file = (folder / f"from-{first}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _HELD.append(file)  # locked until this process ends
        return itertools.cycle(range(first, first + EACH))
    raise AssertionError(f"all ports between {FIRST} and {LAST} are in use by others that test")


def folder_of_locks() -> Path:
    """Return the folder of the files that keep ports for the tests of this user."""
    folder = Path(tempfile.gettempdir()) / f"ccdeploy-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder


def is_unused(port: int) -> bool:
    """Whether nobody has the port, nor had it a minute ago: not every server of a test may bind it then."""
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
