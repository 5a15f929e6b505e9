"""The ports of tests: no two tests that run side by side are ever given the same."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.support.free_port import EACH, FIRST, LAST, free_port


def test_a_port_is_given_once() -> None:
    """The next test would find the last one's proxy, or its connections."""
    ports = [free_port() for _ in range(EACH // 2)]
    assert len(set(ports)) == len(ports)
    assert all(FIRST <= port <= LAST for port in ports)


def test_others_that_test_are_given_others() -> None:
    """Each process has its own."""
    ask = "from tests.support.free_port import *; print(*(free_port() for _ in range(EACH // 2)))"
    others = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    assert not {int(port) for port in others} & {free_port() for _ in range(EACH // 2)}


def test_a_port_on_which_somebody_listens_is_none() -> None:
    """The machine has servers of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
        assert listener.getsockname()[1] not in {free_port() for _ in range(EACH)}
