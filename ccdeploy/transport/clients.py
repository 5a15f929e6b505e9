"""The httpx clients of the seam: no proxy of the environment, no redirects, a limit on every wait."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping

import httpx

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, error
from ccdeploy.shell.command import MOST_BYTES
from ccdeploy.units import human_bytes

CONNECT_S = 5.0
READ_S = 10.0
REFERENCE = "os.environ/"  # as in LiteLLM's configs: the value of a header stands in the environment of who deploys
_SENDABLE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?")


def loopback_client(address: str, port: int, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client for `http://address:port`; through `transport`, or from this machine."""
    host = f"[{address}]" if ":" in address else address
    return _client(f"http://{host}:{port}", transport=transport)


def public_client(
    url: str,
    ca_file: str | None = None,
    headers: Mapping[str, str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> httpx.Client:
    """Return a client for the address that users use; it speaks HTTP/2 where that is offered.

    Raises Refused with every fault of `ca_file`, and of headers that refer to `environment`.
    """
    faults: list[Finding] = []
    verify: ssl.SSLContext | bool = True
    try:
        verify = trusting(ca_file) if ca_file else True
    except Refused as exc:
        faults += exc.findings
    resolved = {name: _resolved(name, value, environment, faults) for name, value in (headers or {}).items()}
    if faults:
        raise Refused(f"{url} cannot be asked as the settings say", findings=faults)
    return _client(url, verify=verify, headers=resolved)


def trusting(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts the certificates of a file. Raises Refused when it cannot be read."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:
        is_read = isinstance(exc, ssl.SSLError)  # which is an OSError too
        fault = (
            "it holds no certificates in PEM" if is_read else f"it cannot be read: {(exc.strerror or str(exc)).lower()}"
        )
        remedy = "traefik.ca_file names a PEM file on this machine, from the project's folder or with ~/"
        finding = error("ca-file", ca_file, fault, remedy)
        raise Refused(f"{ca_file}: {fault}", hint=remedy, findings=[finding]) from exc


def _resolved(name: str, value: str, environment: Mapping[str, str], faults: list[Finding]) -> str:
    where, is_reference = f"traefik.headers.{name}", value.startswith(REFERENCE)
    variable = value.removeprefix(REFERENCE)
    if is_reference:
        value = environment.get(variable, "")
        if not value:
            message = f"the header {name} needs {variable}, which is not set in your environment"
            faults.append(error("header-unset", where, message, f"export {variable}=…"))
    if value and not _SENDABLE.fullmatch(value):  # the value itself is not shown
        message = f"{variable if is_reference else 'its value'} cannot be sent as the header {name}"
        hint = "write it in ASCII, on one line, with no space or line end around it"
        faults.append(error("header-value", where, message, hint))
    return value


class _Bounded(httpx.SyncByteStream):
    """The body of an answer, which raises where it does not end."""

    def __init__(self, stream: httpx.SyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for data in self._stream:
            count += len(data)
            if count > MOST_BYTES:
                told = f"the answer has more than {human_bytes(MOST_BYTES)}"
                raise httpx.ReadError(told, request=self._request)
            yield data

    def close(self) -> None:
        self._stream.close()


def _bound(response: httpx.Response) -> None:
    """Take in no body without an end, and none that grows while it is unpacked: none is asked for packed."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx.DecodingError("the answer is compressed, which nobody asked for", request=response.request)
    if response.has_redirect_location and not _leads_somewhere(response):
        raise httpx.RemoteProtocolError("the answer redirects to what is no web address", request=response.request)
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _Bounded(response.stream, response.request)


def _leads_somewhere(response: httpx.Response) -> bool:
    """Whether httpx can make a request of a redirect: it does so though none is followed, and may raise InvalidURL."""
    try:
        target = response.request.url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        return False
    return target.scheme in ("http", "https")


def _client(
    base_url: str,
    *,
    transport: httpx.BaseTransport | None = None,
    verify: ssl.SSLContext | bool = True,
    headers: Mapping[str, str] | None = None,
) -> httpx.Client:
    is_secure = base_url.startswith("https:")
    return httpx.Client(
        base_url=base_url,
        transport=transport,
        verify=verify if is_secure else False,  # certificates are only loaded where they count
        headers={"Accept-Encoding": "identity", **(headers or {})},
        event_hooks={"response": [_bound]},
        http2=is_secure,  # without TLS there is nothing that could offer it
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
    )
