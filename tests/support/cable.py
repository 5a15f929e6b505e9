"""A TCP connection to somewhere that a test can cut, or stall as a dead network does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class Cable:
    """Listens on `port` and passes every byte on to another port of this machine."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._flows: list[threading.Event] = []
        self._is_silent = False
        self._laying = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones are passed on again."""
        with self._laying:
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def stall(self) -> None:
        """Pass nothing on any more, and say nothing about it; new connections are passed on."""
        for flow in self._flows:
            flow.clear()

    def silence(self) -> None:
        """Stall for good: what is sent over a new connection is swallowed too."""
        self._is_silent = True
        self.stall()

    def refuse(self) -> None:
        """Let what is connected stay so, and take nothing new."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """End everything."""
        for flow in self._flows:
            flow.set()
        self.refuse()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to_port))
            except OSError:  # nobody is there: whoever came learns it as they would without a cable
                near.close()
                continue
            for end in (near, far):  # each byte is passed on when it comes, as a wire does
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._laying:
                self._ends += [near, far]
            flow = threading.Event()
            self._flows.append(flow)
            if not self._is_silent:
                flow.set()
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(source, target, flow), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, flow: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            flow.wait()
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def cabled(way: dict[str, Any], folder: Path) -> Iterator[Cable]:
    """Lay a cable to a host, let its `ssh:` of hosts.yaml lead through it, and take it away in the end."""
    with cable(way["port"]) as made:
        known = folder / "known_hosts"
        known.write_text(Path(way["known_hosts"]).read_text().replace(str(way["port"]), str(made.port)))
        way |= {"port": made.port, "known_hosts": str(known)}
        yield made


@contextmanager
def cable(to_port: int) -> Iterator[Cable]:
    """Lay a cable, and take it away in the end."""
    made = Cable(to_port)
    try:
        yield made
    finally:
        made.close()
