"""A slow link to somewhere: each byte arrives so much later, and only so many of them a second."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 4096


@dataclass
class Traffic:
    """What has passed: bytes in both directions, and how often the direction turned to the far end."""

    sent_bytes: int = 0
    received_bytes: int = 0
    turns: int = 0
    _was_ours: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self, size: int, *, is_ours: bool) -> None:
        """Count a chunk; what follows an answer of the far end is another turn."""
        with self._lock:
            self.sent_bytes += size if is_ours else 0
            self.received_bytes += 0 if is_ours else size
            self.turns += is_ours and not self._was_ours
            self._was_ours = is_ours


class Relay:
    """Listens on `port`, and passes every byte on to another port of this machine, late and slowly."""

    def __init__(self, to_port: int, delay_s: float, bytes_per_s: float) -> None:
        self.traffic = Traffic()
        self._to_port, self._delay_s, self._bytes_per_s = to_port, delay_s, bytes_per_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to_port))
                self._ends += [near, far]
                for source, target, is_ours in ((near, far, True), (far, near, False)):
                    _Way(source, target, self, is_ours).begin()

    def due(self, size: int, free_at: float) -> tuple[float, float]:
        """Return when a chunk has arrived, and when the line is free again, by what it was busy until."""
        sent = max(free_at, time.monotonic()) + size / self._bytes_per_s
        return sent + self._delay_s, sent


class _Way:
    """One direction of a connection: a thread takes bytes in, another lets them out when they are due."""

    def __init__(self, source: socket.socket, target: socket.socket, relay: Relay, is_ours: bool) -> None:
        self._source, self._target, self._relay, self._is_ours = source, target, relay, is_ours
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._news = threading.Semaphore(0)
        self._room = threading.Semaphore(64)  # what a line holds; a sender waits for the rest

    def begin(self) -> None:
        for work in (self._take_in, self._let_out):
            threading.Thread(target=work, daemon=True).start()

    def _take_in(self) -> None:
        free_at, data = 0.0, b"first"
        while data:
            self._room.acquire()
            try:
                data = self._source.recv(_CHUNK)
            except OSError:
                data = b""
            due_at, free_at = self._relay.due(len(data), free_at)
            self._relay.traffic.passed(len(data), is_ours=self._is_ours) if data else None
            self._under_way.append((due_at, data))
            self._news.release()

    def _let_out(self) -> None:
        never = threading.Event()
        with suppress(OSError):
            while True:
                self._news.acquire()
                due_at, data = self._under_way.popleft()
                never.wait(max(0.0, due_at - time.monotonic()))
                if not data:
                    break
                self._target.sendall(data)
                self._room.release()
        with suppress(OSError):
            self._target.shutdown(socket.SHUT_WR)


@contextmanager
def relay(to_port: int, *, delay_s: float, bits_per_s: float) -> Iterator[Relay]:
    """Lay a slow link, and take it away in the end."""
    made = Relay(to_port, delay_s, bits_per_s / 8)
    try:
        yield made
    finally:
        made.close()
