"""The way that users take to the proxy: a client for it, and what speaks against asking it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, warning

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host
    from ccdeploy.transport.seam import HttpClient

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to be recognised, not to be bound


def client(work: Work) -> HttpClient | None:
    """Return a client for the public URL; None where the settings name none. Raises Refused with findings."""
    traefik = work.host.traefik
    return work.transport.public(traefik.url, ca_file=traefik.ca_file, headers=traefik.headers) if traefik else None


def judge_route(work: Work, facts: Facts) -> list[Finding]:
    """Return what keeps the public URL from being asked, and whether Traefik can reach the proxy at all."""
    try:
        asked = client(work)
    except Refused as exc:
        return list(exc.findings)
    if asked is not None:
        asked.close()
    return list(judge_upstream(work.host, facts.system))


def judge_upstream(host: Host, system: str) -> Iterator[Finding]:
    """Yield a warning when the proxy does not listen where `traefik.upstream` looks for it."""
    if host.traefik is None:
        return
    at = urlsplit(host.traefik.upstream.replace("{port}", "1")).hostname or ""
    listens = host.listen.address
    if listens in _EVERYWHERE or _is_loopback(at) == _is_loopback(listens):
        return
    if at == "host.docker.internal" and system == "Darwin":  # Docker Desktop leads to the loopback of the Mac
        return
    what = f"traefik.upstream is {host.traefik.upstream}, and the proxy listens on {listens} only"
    if _is_loopback(listens):
        message = f"{what}, which no container and no other machine reaches"
        hint = "set listen.address to an address of the host that Traefik reaches"
    else:
        message, hint = what, f"write http://{listens}:{{port}} as traefik.upstream"
    yield warning("upstream", host.name, message, hint)


def _is_loopback(address: str) -> bool:
    return address in ("localhost", "::1") or address.startswith("127.")
