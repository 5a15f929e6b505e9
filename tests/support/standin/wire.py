"""HTTP/1.1 as far as the stand-in speaks it, on plain sockets: importing `http.server` would double its start."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Request(NamedTuple):
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The query, the first value of each name."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def key(self) -> str | None:
        """The key that the caller shows."""
        bearer = self.headers.get("authorization", "")
        shown = bearer[7:] if bearer[:7].lower() == "bearer " else bearer
        return shown or self.headers.get("x-api-key") or self.headers.get("api-key")


def read_request(stream: BinaryIO) -> Request | None:
    """Return the next request of a connection, or None when the client is done. Raises ValueError for no HTTP."""
    line = stream.readline(65536)
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline(65536).strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(method, target, headers, stream.read(int(headers.get("content-length", 0))))


def send_json(connection: socket.socket, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
    """Send an answer whose body is JSON."""
    send(connection, status, json.dumps(body, separators=(",", ":")).encode(), "application/json", headers)


def send(
    connection: socket.socket, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> None:
    """Send a whole answer in one piece."""
    sized = {"content-length": str(len(body)), "content-type": content_type, **(headers or {})}
    connection.sendall(_head(status, sized) + body)


def send_events(connection: socket.socket, events: Iterable[bytes], headers: Mapping[str, str]) -> None:
    """Send a stream of server-sent events, each as soon as it is there, with chunked coding."""
    told = {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "transfer-encoding": "chunked",
        **headers,
    }
    # With the first event: a Traefik that is answered while it yet looks for the end of the request's body cuts the
    # answer. It looks for microseconds, which no model is as quick as.
    head = _head(200, told)
    for event in events:
        data = b"data: " + event + b"\n\n"
        connection.sendall(head + b"%x\r\n%s\r\n" % (len(data), data))
        head = b""
    connection.sendall(head + b"0\r\n\r\n")


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
