"""A server on loopback that shakes hands with a certificate made for the test, and answers nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import trustme


@contextmanager
def served(certificate: trustme.LeafCert | None) -> Iterator[int]:
    """Answer connections with this certificate, or without TLS; return the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate is not None:
        certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    _shake_hands(client, context if certificate else None)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _shake_hands(client: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        if context is None:
            client.recv(1)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            context.wrap_socket(client, server_side=True).unwrap()
    except (OSError, ssl.SSLError):
        return  # the client refused it, as some of these are meant to be
