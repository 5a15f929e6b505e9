"""Counting connections to a port, with /proc and with lsof, in every shell at hand."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ccdeploy.shell import connections
from tests.shell.shells import ShellTransport, without_proc
from tests.shell.tiny import stranger, stream
from tests.support.reserved_ports import reserved_ports
from tests.support.waiting import until

LSOF = """\
COMMAND  PID USER   FD   TYPE             DEVICE SIZE/OFF NODE NAME
Python  4242  ada    7u  IPv4 0x1a2b3c4d5e6f7a8b      0t0  TCP 127.0.0.1:8081->127.0.0.1:50000 (ESTABLISHED)
Python  4243  ada    7u  IPv4 0x1a2b3c4d5e6f7a8b      0t0  TCP 127.0.0.1:8081->127.0.0.1:50000 (ESTABLISHED)
curl    4300  ada    5u  IPv4 0x1a2b3c4d5e6f7a8c      0t0  TCP 127.0.0.1:50000->127.0.0.1:8081 (ESTABLISHED)
Google\\x20Chrome 4301 ada 5u IPv6 0x1a2b3c4d5e6f7a8d  0t0  TCP [::1]:50001->[::1]:8081 (ESTABLISHED)
Python  4242  ada    8u  IPv6 0x1a2b3c4d5e6f7a8e      0t0  TCP [::1]:8081->[::1]:50001 (ESTABLISHED)
"""


def counted(way: ShellTransport, port: int, by: str) -> int | None:
    """Return how many connections a host counts."""
    command = connections.established(port)
    return connections.count(way.run(without_proc(command) if by == "lsof" else command).text)


def rows(port: int) -> list[str]:
    """Return the lines of /proc that speak of a port: what a wrong count was made of."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    return [
        line for table in tables if table.exists() for line in table.read_text().splitlines() if f":{port:04X} " in line
    ]


def test_a_connection_that_nobody_has_accepted_yet_counts(here: ShellTransport) -> None:
    """A proxy that is busy takes its requests late: they are in flight all the same."""
    with stranger() as (port, _), stream(port), stream(port):
        assert counted(here, port, "/proc") == 2


@pytest.mark.parametrize("by", ["/proc", "lsof"])
def test_accepted_connections_are_counted_until_they_are_closed(here: ShellTransport, by: str) -> None:
    """Both ends of each are on this machine: counted twice, or from the wrong side, none would never be none."""
    with socket.socket() as listener, reserved_ports(1) as (port,):
        listener.bind(("127.0.0.1", port))
        listener.listen()
        until(lambda: counted(here, port, by) == 0, "what others had on this port before has ended")
        with stream(port), stream(port), listener.accept()[0], listener.accept()[0]:
            assert counted(here, port, by) == 2, rows(port)
        assert counted(here, port, by) == 0


@pytest.mark.parametrize("by", ["/proc", "lsof"])
def test_ipv6_is_counted_too(here: ShellTransport, by: str) -> None:
    """`listen.address` may be ::1."""
    with socket.socket(socket.AF_INET6) as listener, reserved_ports(1) as (port,):
        try:
            listener.bind(("::1", port))
        except OSError:
            pytest.skip("this machine has no IPv6")
        listener.listen()
        until(lambda: counted(here, port, by) == 0, "what others had on this port before has ended")
        with socket.create_connection(("::1", port)), listener.accept()[0]:
            assert counted(here, port, by) == 1, rows(port)


@pytest.mark.parametrize(("listens", "expected"), [("exit 0", 2), ("exit 1", None)])
def test_macos_counts_only_where_the_listener_is_seen(
    here: ShellTransport, tmp_path: Path, listens: str, expected: int | None
) -> None:
    """A plain user's lsof shows nothing of another user's proxy: that is not known, and not none."""
    (tmp_path / "lsof").write_text(
        f"#!/bin/sh\ncase $* in *LISTEN*) {listens};; esac\n[ \"$2\" = -iTCP:8081 ] || exit 1\ncat <<'END'\n{LSOF}END\n"
    )
    (tmp_path / "lsof").chmod(0o755)
    way = ShellTransport(Path(here.shell), {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert counted(way, 8081, "lsof") == expected


@pytest.mark.parametrize("word", ["", "?", "-1", "two"])
def test_what_is_no_number_is_unknown(word: str) -> None:
    """None is unknown, never zero."""
    assert connections.count(word) is None


def test_a_connection_that_the_kernel_shows_twice_counts_once(here: ShellTransport, tmp_path: Path) -> None:
    """/proc is read in pieces: while others come and go, a line may come again in the next piece."""
    row = "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4242 1"
    (tmp_path / "cat").write_text(f"#!/bin/sh\necho '{row}'; echo '{row}'; echo '{row.replace('C350', 'C351')}'\n")
    (tmp_path / "cat").chmod(0o755)
    way = ShellTransport(Path(here.shell), {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert counted(way, 8081, "/proc") == 2
