"""One worker of the stand-in: listens, answers, and drains on SIGTERM as uvicorn does."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

from tests.support.standin import wire

if TYPE_CHECKING:
    from tests.support.standin.proxy import Proxy

BACKLOG = 2048  # uvicorn's
FIRST_WORDS_S = 0.1  # a client that has connected sends its request at once
GRACE = "GRACEFUL_SHUTDOWN_TIMEOUT"  # LiteLLM's own: seconds that requests in flight may take after SIGTERM
GRACE_DEFAULT = "CCDEPLOY_STANDIN_GRACE_S"  # what holds where that is not set; LiteLLM has 30 s


def say(line: str) -> None:
    """Write a line of log, whole, at once. A disk that takes none stops nobody: Python's logging goes on too."""
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def chatter(bytes_per_s: int, most_bytes: int) -> None:
    """Write log at such a rate from a thread of its own, until so much of it has been taken."""
    line = b"12:00:00 - LiteLLM Proxy:DEBUG: chatter.py:1 - " + b"all that a request holds " * 8 + b"\n"
    lines = line * max(1, bytes_per_s // 100 // len(line))

    def write() -> None:
        taken, pause = 0, threading.Event()
        while taken < most_bytes:
            with contextlib.suppress(OSError):
                taken += os.write(2, lines)
            pause.wait(0.01)

    threading.Thread(target=write, daemon=True).start()


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound and does not listen yet. Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _next_request(stream: BinaryIO, proxy: Proxy, *, is_first: bool) -> wire.Request | None:
    """Return the next request of a connection, which is in flight from here on; None when the client is done."""
    request = None
    try:
        request = wire.read_request(stream)
        return request
    finally:
        proxy.heard(is_first=is_first, is_request=request is not None)


def serve(sock: socket.socket, proxy: Proxy, termination: int) -> None:
    """Answer connections until `termination`, a file descriptor, is readable; then end what is in flight, in time."""
    while True:
        readable, _, _ = select.select([sock.fileno(), termination], [], [])
        if termination in readable:
            break
        with contextlib.suppress(OSError):  # another worker may have been quicker
            connection, address = sock.accept()
            proxy.connected()
            threading.Thread(target=_converse, args=(connection, address, proxy, sock), daemon=True).start()
    sock.close()
    say("INFO:     Shutting down")
    # A loop of uvicorn's hands on at once what a client that connects says; a thread begins when it may.
    proxy.hear_all(FIRST_WORDS_S)
    if proxy.in_flight:
        say("INFO:     Waiting for connections to close. (CTRL+C to force quit)")
    proxy.end_all(grace_s())
    if proxy.in_flight:  # the end of the process cuts them
        say(f"ERROR:    Cancel {proxy.in_flight} running task(s), timeout graceful shutdown exceeded")
    say("INFO:     Waiting for application shutdown.\nINFO:     Application shutdown complete.")
    say(f"INFO:     Finished server process [{os.getpid()}]")


def grace_s() -> float:
    """Return how long requests in flight may take after SIGTERM; what is no number counts as not set."""
    default_s = float(os.environ.get(GRACE_DEFAULT, "30"))
    try:
        return float(os.environ.get(GRACE, default_s))
    except ValueError:
        return default_s


def termination_pipe(*, deaf: bool) -> int:
    """Return a descriptor that becomes readable with SIGTERM or SIGINT.

    A handler of Python's would run too late for a signal that comes right before the wait for it: the byte is
    written by the one below it.
    """
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_IGN if deaf else lambda *_: None)
    return readable


def end_by_sigterm() -> None:
    """End as uvicorn does after it has drained: by the signal itself, which a shell sees as 143."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)


def _converse(connection: socket.socket, address: tuple[str, int], proxy: Proxy, listener: socket.socket) -> None:
    connection.setblocking(True)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client that goes away in the middle ends the conversation, as it would with uvicorn.
    with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError, ValueError):
        is_first = True
        while (request := _next_request(stream, proxy, is_first=is_first)) is not None:
            is_first = False
            status = proxy.answer(connection, request)
            reason = wire.REASONS[status]
            say(f'INFO:     {address[0]}:{address[1]} - "{request.method} {request.target} HTTP/1.1" {status} {reason}')
            if listener.fileno() == -1 or request.headers.get("connection", "").lower() == "close":
                break
