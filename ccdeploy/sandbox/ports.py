"""Ports on loopback that are free, and stay so until someone binds them."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Collection

from ccdeploy.errors import Refused

LOOPBACK = "127.0.0.1"
# Below what Linux (32768) and macOS (49152) hand to outgoing connections. A port from that range
# could become the local end of any connection between now and the moment that a proxy binds it.
FIRST, LAST = 20_000, 31_999
_TRIES = 200
_CHOICE = random.SystemRandom()


def is_free(port: int) -> bool:
    """Whether the system would let a server listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)  # Linux lets two sockets bind with SO_REUSEADDR; only one may listen
        except OSError:
            return False
        return True


def becomes_free(port: int, within_s: float = 1.0) -> bool:
    """Whether the port is free, or gets free: a process whose threads still end holds on to it for a moment."""
    deadline = time.monotonic() + within_s
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port(taken: Collection[int] = ()) -> int:
    """Return a port on which the system lets a server listen, and that is not in `taken`."""
    for _ in range(_TRIES):
        port = _CHOICE.randint(FIRST, LAST)
        if port not in taken and is_free(port):
            return port
    raise Refused(
        f"sandbox: no free port between {FIRST} and {LAST} on {LOOPBACK} in {_TRIES} tries",
        hint="see what listens there with `lsof -nP -iTCP -sTCP:LISTEN`",
    )


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
    except OSError:
        return False
    return True
