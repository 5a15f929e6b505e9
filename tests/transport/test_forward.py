"""A port of this machine that leads to the host: whole, both ways, and over a connection that comes back."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ccdeploy.transport.ssh import SshTransport
from tests.support.free_port import free_port

MEGABYTES_3 = bytes(range(256)) * 4 * 3 * 1024


@contextmanager
def echo() -> Iterator[int]:
    """Listen on a port, and send back all that comes once the other side has said that nothing more will."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    one, _ = listener.accept()
                except OSError:
                    return
                with one:
                    one.sendall(_all_of(one))

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _all_of(sock: socket.socket) -> bytes:
    data = b""
    while part := sock.recv(1 << 16):
        data += part
    return data


def asked(port: int, data: bytes) -> bytes:
    """Return what the port answers to `data`."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(data)
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError as exc:  # the other side has ended the connection already
            if exc.errno != errno.ENOTCONN:
                raise
        return _all_of(sock)


def test_three_megabytes_come_back_whole(transport: SshTransport) -> None:
    """A prompt of 128k tokens is as large as half of one; its end is passed on, or nobody would ever answer."""
    with echo() as there, transport.forward(there) as here:
        assert asked(here, MEGABYTES_3) == MEGABYTES_3
        assert asked(here, b"again") == b"again"


def test_a_port_that_nobody_listens_on_ends_the_connection(transport: SshTransport) -> None:
    """Whoever asked must not wait for ever."""
    with transport.forward(free_port()) as here, suppress(ConnectionError):
        assert asked(here, b"x") == b""


def test_a_lost_connection_is_made_anew_with_the_next_use(transport: SshTransport) -> None:
    """The command does not know that there is one."""
    with echo() as there, transport.forward(there) as here:
        assert asked(here, b"before") == b"before"
        transport.give_up()
        assert asked(here, b"after") == b"after"


def test_the_port_is_closed_after_the_block(transport: SshTransport) -> None:
    """What the command left running must not reach what serves later by accident."""
    with echo() as there, transport.forward(there) as here:
        assert asked(here, b"x") == b"x"
        kept = socket.create_connection(("127.0.0.1", here), timeout=20)
    with kept, suppress(ConnectionError):
        assert _all_of(kept) == b""
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", here)) != 0
