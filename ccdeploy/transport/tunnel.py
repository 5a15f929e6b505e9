"""HTTP to ports on the host's loopback, each connection a `direct-tcpip` channel: no curl there, no port here.

httpx has no public argument for the network below it, httpcore has: this is an httpx transport
around httpcore's pool, whose connections are opened by a function that the caller hands in.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import httpx
import paramiko

from ccdeploy.errors import ConnectionLost
from ccdeploy.transport.aside import aside
from ccdeploy.transport.lean import import_without

import_without("httpcore", "h2", "anyio", "trio")
import httpcore  # noqa: E402


class Stream(Protocol):
    """What is asked of an open channel: the part of paramiko's Channel that is used here."""

    closed: bool
    eof_received: int

    def settimeout(self, timeout: float | None) -> None:
        """Set the time-out of reading and writing."""
        ...

    def recv(self, nbytes: int) -> bytes:
        """Read."""
        ...

    def recv_ready(self) -> bool:
        """Whether something can be read at once."""
        ...

    def sendall(self, s: bytes) -> None:
        """Write everything."""
        ...

    def close(self) -> None:
        """Close."""
        ...


# Opens `address:port` within some seconds. Raises ConnectionRefusedError (nobody listens), TimeoutError, or ours.
Open = Callable[[str, int, float | None], Stream]
# Returns the error to raise when the way to the host is gone, which a fault may tell, or None while it is up.
Lost = Callable[[Exception | None], ConnectionLost | None]


class TunnelTransport(httpx.BaseTransport):
    """Sends httpx requests through channels; keeps connections alive, streams both ways.

    `connect` sees to it that there is a way to the host: it is called where the caller is, since it may ask a person.
    """

    def __init__(self, connect: Callable[[], object], open_stream: Open, lost: Lost) -> None:
        self._connect = connect
        self._backend = _Backend(open_stream, lost)
        self._pool = httpcore.ConnectionPool(
            max_connections=32,
            max_keepalive_connections=8,
            keepalive_expiry=5.0,  # uvicorn's own: it closes what is idle for longer
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the response's body is still to come."""
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 httpx.Client makes no other
        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        self._connect()
        with _as_httpx(request):
            response = aside(lambda: self._pool.handle_request(sent), too_late=lambda late: late.close())
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, request),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close every connection; what is still being opened is closed when it comes, and sends nothing."""
        self._backend.is_closed = True
        aside(self._pool.close)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        pieces = self._response.iter_stream()
        with _as_httpx(self._request):
            while (piece := aside(lambda: next(pieces, None))) is not None:
                yield piece

    def close(self) -> None:
        aside(self._response.close)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, open_stream: Open, lost: Lost) -> None:
        self._open = open_stream
        self._lost = lost
        self.is_closed = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            stream = _NetworkStream(self._open(host.strip("[]"), port, timeout), self._lost)
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        if self.is_closed:  # by Ctrl-C, meanwhile: a request that is sent now may load a model for nobody
            stream.close()
            raise httpcore.ConnectError("the client was closed")
        return stream


class _NetworkStream(httpcore.NetworkStream):
    """A channel, as httpcore wants a connection. A lost SSH connection is no fault of the proxy: it says so."""

    def __init__(self, stream: Stream, lost: Lost) -> None:
        self._stream = stream
        self._lost = lost

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._stream.settimeout(timeout)
        try:
            data = self._stream.recv(max_bytes)
        except TimeoutError as exc:
            self._raise_if_lost(exc)
            raise httpcore.ReadTimeout(f"nothing came within {timeout} s") from exc
        except (paramiko.SSHException, EOFError, OSError) as exc:  # to read is to write that there is room again
            self._raise_if_lost(exc)
            raise httpcore.ReadError(str(exc)) from exc
        if not data:
            self._raise_if_lost()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.settimeout(timeout)
        try:
            self._stream.sendall(buffer)
        except TimeoutError as exc:
            self._raise_if_lost(exc)
            raise httpcore.WriteTimeout(f"nothing was taken within {timeout} s") from exc
        except (paramiko.SSHException, EOFError, OSError) as exc:
            self._raise_if_lost(exc)
            raise httpcore.WriteError(str(exc)) from exc

    def close(self) -> None:
        with suppress(paramiko.SSHException, EOFError, OSError):  # with the connection its end is gone too
            self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("only http:// goes through the tunnel: it is encrypted already")

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of an idle connection: has the server closed it?
            return self._stream.closed or self._stream.eof_received or self._stream.recv_ready()
        return None

    def _raise_if_lost(self, exc: Exception | None = None) -> None:
        if error := self._lost(exc):
            raise error from exc


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Turn httpcore's errors into httpx's of the same name, which callers know."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as exc:
        known = getattr(httpx, type(exc).__name__, httpx.TransportError)
        raise known(str(exc), request=request) from exc
