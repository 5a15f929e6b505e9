"""The httpx clients of the seam: no proxy of the environment, no redirects, a limit on every wait."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx

from ccdeploy.errors import Refused

CONNECT_S = 5.0
READ_S = 10.0


def loopback_client(address: str, port: int, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client for `http://address:port`; through `transport`, or from this machine."""
    host = f"[{address}]" if ":" in address else address
    return _client(f"http://{host}:{port}", transport=transport)


def public_client(url: str, ca_file: str | None, headers: Mapping[str, str] | None) -> httpx.Client:
    """Return a client for the address that users use. Raises Refused for a `ca_file` that cannot be read."""
    verify = trusting(ca_file) if ca_file else True
    return _client(url, verify=verify, headers=headers)


def trusting(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts the certificates of a file. Raises Refused when it cannot be read."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as exc:
        raise Refused(
            f"{ca_file}: cannot be read as certificates ({exc.strerror or exc})",
            hint="traefik.ca_file names a PEM file on this machine",
        ) from exc


def _client(
    base_url: str,
    *,
    transport: httpx.BaseTransport | None = None,
    verify: ssl.SSLContext | bool = True,
    headers: Mapping[str, str] | None = None,
) -> httpx.Client:
    return httpx.Client(
        base_url=base_url,
        transport=transport,
        verify=verify if base_url.startswith("https:") else False,  # certificates are only loaded where they count
        headers=dict(headers or {}),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
    )
