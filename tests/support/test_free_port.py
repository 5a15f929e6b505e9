"""The ports of tests: no two tests that run side by side are ever given the same."""

from __future__ import annotations

import subprocess
import sys

from tests.support.free_port import EACH, FIRST, LAST, free_port

FREE = "from tests.support.free_port import *; print(*(free_port() for _ in range({count})))"
# Each process has its own ports, and whoever listens on one keeps it out of the next round.
LISTENED = """
import socket
from tests.support.free_port import *
listener = socket.create_server(("127.0.0.1", free_port()))
print(listener.getsockname()[1], *(free_port() for _ in range({count})))
"""


def given(code: str, count: int) -> list[int]:
    """Return the ports that another process is given."""
    words = [sys.executable, "-c", code.format(count=count)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [int(word) for word in told.split()]


def test_a_port_is_given_once() -> None:
    """The next test would find the last one's proxy, or its connections."""
    ports = given(FREE, EACH // 2)
    assert len(set(ports)) == len(ports) == EACH // 2
    assert all(FIRST <= port <= LAST for port in ports)


def test_others_that_test_are_given_others() -> None:
    """Each process has its own."""
    ours = free_port()
    assert ours not in given(FREE, EACH)


def test_a_port_on_which_somebody_listens_is_not_given() -> None:
    """The machine has servers of its own."""
    port, *others = given(LISTENED, EACH)
    assert len(others) == EACH
    assert port not in others
