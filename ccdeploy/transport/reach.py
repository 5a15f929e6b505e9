"""How an address of the users is reached from here: what its name resolves to, and the certificate that answers.

Only the handshake is made; nothing is asked of whoever answers.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from ccdeploy.transport.clients import trusting

CONNECT_S = 5.0
Trouble = Literal["unresolved", "unreachable", "no-tls", "expired", "not-yet-valid", "wrong-name", "untrusted"]
# OpenSSL's verify codes (x509_vfy.h). What is not here is a chain that does not end at a certificate we trust.
_TROUBLES: dict[int, Trouble] = {9: "not-yet-valid", 10: "expired", 62: "wrong-name", 64: "wrong-name"}
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: to read the dates of a certificate that is out of date


@dataclass(frozen=True)
class Certificate:
    """The certificate that answers: who issued it, for which names, from when until when."""

    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Reach:
    """What was found: `trouble` is None when all is well; `certificate` for http, and where it is unreadable."""

    name: str
    port: int
    addresses: tuple[str, ...]
    is_tls: bool
    trouble: Trouble | None = None
    detail: str = ""
    certificate: Certificate | None = None


def reach(url: str, ca_file: str | None) -> Reach:
    """Resolve the name of `url`, connect, and for https read the certificate. Raises Refused for a bad `ca_file`."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    name, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        return Reach(name, port, (), is_tls, "unresolved", _reason(exc))
    here = Reach(name, port, tuple(dict.fromkeys(str(entry[4][0]) for entry in found)), is_tls)
    try:
        if not is_tls:
            _connect(name, port)
            return here
        return replace(here, certificate=_certificate(name, port, _context(ca_file)))
    except ssl.SSLCertVerificationError as exc:
        trouble = _TROUBLES.get(exc.verify_code, "untrusted")
        return replace(here, trouble=trouble, detail=exc.verify_message, certificate=_leniently(name, port, ca_file))
    except ssl.SSLError as exc:
        return replace(here, trouble="no-tls", detail=str(exc.reason or exc))
    except OSError as exc:
        return replace(here, trouble="unreachable", detail=_reason(exc))


def _context(ca_file: str | None) -> ssl.SSLContext:
    """Return what `public` trusts: the certificates of `ca_file`, else those that httpx brings."""
    import httpx

    return trusting(ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)


def _connect(name: str, port: int) -> None:
    with socket.create_connection((name, port), CONNECT_S):
        return


def _certificate(name: str, port: int, context: ssl.SSLContext) -> Certificate | None:
    with (
        socket.create_connection((name, port), CONNECT_S) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        return _read(secured.getpeercert())


def _leniently(name: str, port: int, ca_file: str | None) -> Certificate | None:
    """Return the certificate that was refused, if all that is wrong are its dates or its names."""
    context = _context(ca_file)
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    try:
        return _certificate(name, port, context)
    except OSError:
        return None


def _read(said: Any) -> Certificate | None:
    if not said or "notAfter" not in said:
        return None
    issuer = {key: value for part in said.get("issuer", ()) for key, value in part}
    return Certificate(
        issuer=issuer.get("organizationName") or issuer.get("commonName") or "an issuer without a name",
        names=tuple(str(name) for _, name in said.get("subjectAltName", ())),
        begins=_moment(said["notBefore"]),
        ends=_moment(said["notAfter"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)


def _reason(exc: BaseException) -> str:
    if isinstance(exc, TimeoutError):
        return f"no answer within {CONNECT_S:g} s"
    return str(getattr(exc, "strerror", None) or exc)
