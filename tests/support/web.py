"""A small HTTP server on loopback: answers, echoes, streams, stalls; it stands for the proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: the second would wait for the first one's receipt
    connections: set[int]

    def do_GET(self) -> None:
        type(self).connections.add(self.client_address[1])
        if self.path == "/slow":
            self._answer(b"x" * 10, length=1_000_000)  # and never the rest
        elif self.path == "/big":
            self._answer(b"y" * 5_000_000)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/bye":
            self._answer(b"bye")
            self.close_connection = True  # without having said so
        elif self.path == "/stream":
            self._stream()
        else:
            self._answer(b"hello")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)
        if length is not None:
            with suppress(OSError):
                self.rfile.read(1)  # until the client goes

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(3):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(b"data: 0\n"), b"data: %d\n" % number))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    ended: set[int]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        super().process_request_thread(request, client_address)
        self.ended.add(client_address[1])  # its connection is closed by now


class Web:
    """A running server; `connections` are the client ports that it saw, `ended` those it is done with."""

    def __init__(self) -> None:
        self.connections: set[int] = set()
        self.ended: set[int] = set()
        handler = type("Handler", (_Handler,), {"connections": self.connections})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.ended = self.ended
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def web_server() -> Iterator[Web]:
    """Serve until the end of the block."""
    server = Web()
    try:
        yield server
    finally:
        server.close()
