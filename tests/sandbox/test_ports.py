"""Ports that are free, and stay so."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from ccdeploy.sandbox.ports import FIRST, LAST, answers, becomes_free, free_port, is_free


def test_a_port_that_someone_listens_on_is_not_free() -> None:
    """SO_REUSEADDR alone lets two sockets bind: only listening tells."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_free_port_is_one_that_no_connection_is_given() -> None:
    """A proxy binds its port minutes later: an outgoing connection must not have got it meanwhile."""
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not limits.exists():
        pytest.skip("only Linux tells the range by a file")
    lowest = int(limits.read_text().split()[0])
    if lowest <= LAST:
        pytest.skip("this machine hands out low ports too")
    assert FIRST <= free_port() <= LAST < lowest


def test_a_port_that_is_taken_already_is_not_chosen_again() -> None:
    """The six ports of a sandbox are chosen before any of them is bound."""
    chosen: set[int] = set()
    for _ in range(50):
        port = free_port(chosen)
        assert port not in chosen
        chosen.add(port)


def test_nobody_answers_on_a_free_port() -> None:
    """Both questions must agree."""
    assert not answers(free_port())


def test_a_port_that_its_owner_is_about_to_leave_is_waited_for() -> None:
    """A killed process looks dead a moment before its last thread lets go of the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not becomes_free(port, within_s=0.05)
        leave = threading.Timer(0.1, server.close)
        leave.start()
        assert becomes_free(port, within_s=10)
        leave.join()
