"""A port of this machine that leads to one on the host's loopback, for programs that know nothing of SSH."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import paramiko

from ccdeploy.errors import CcdeployError

_CHUNK = 65536


class Channel(Protocol):
    """What is asked of an open way to the host: the part of paramiko's Channel that is used here."""

    def recv(self, nbytes: int) -> bytes:
        """Read."""
        ...

    def sendall(self, s: bytes) -> None:
        """Write everything."""
        ...

    def shutdown_write(self) -> None:
        """Say that nothing more will be written."""
        ...

    def close(self) -> None:
        """Close."""
        ...


# Opens a way to the port on the host; raises OSError when nobody listens there, or an error of ours.
Dial = Callable[[], Channel]


@contextmanager
def forwarded(dial: Dial) -> Iterator[int]:
    """Listen on this machine's loopback, and yield the port; each connection is one over `dial`.

    A connection that cannot be passed on is closed: whoever made it tries again, or not. The way to the
    host may be lost and come back meanwhile.
    """
    ends = _Ends()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, dial, ends), name="forward", daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with suppress(OSError):  # macOS: a listening socket is not connected
                listener.shutdown(socket.SHUT_RDWR)
            ends.close()


class _Ends:
    """What is open on this machine's side, to be closed at the end."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_over = False

    def add(self, end: socket.socket) -> bool:
        with self._lock:
            if not self._is_over:
                self._open.add(end)
            return not self._is_over

    def drop(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        end.close()

    def close(self) -> None:
        with self._lock:
            self._is_over = True
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, dial: Dial, ends: _Ends) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        if not ends.add(near):
            near.close()
            return
        threading.Thread(target=_serve, args=(near, dial, ends), name="forwarded", daemon=True).start()


def _serve(near: socket.socket, dial: Dial, ends: _Ends) -> None:
    try:
        with suppress(OSError, EOFError, paramiko.SSHException, CcdeployError):
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far = dial()
            try:
                upwards = threading.Thread(target=_upwards, args=(near, far), name="forwarded-up", daemon=True)
                upwards.start()
                while data := far.recv(_CHUNK):
                    near.sendall(data)
                near.shutdown(socket.SHUT_WR)
                upwards.join()
            finally:
                far.close()
    finally:
        ends.drop(near)


def _upwards(near: socket.socket, far: Channel) -> None:
    with suppress(OSError, EOFError, paramiko.SSHException):
        while data := near.recv(_CHUNK):
            far.sendall(data)
        far.shutdown_write()
