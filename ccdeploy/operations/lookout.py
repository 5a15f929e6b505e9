"""What Traefik does to the proxy that a deploy has to reckon with: polls that call models, and copies of requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, warning
from ccdeploy.litellm.endpoints import may_call_model
from ccdeploy.operations import traefik_api
from ccdeploy.units import seconds

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.work import Work
    from ccdeploy.settings import Host
    from ccdeploy.traefik.services import Service

HEALTH = "/health"
_INTERVAL_S = 30.0  # Traefik's own, where none is set


def upstreams(host: Host) -> list[str]:
    """Return the addresses by which Traefik may reach the proxy."""
    upstream = host.traefik.upstream if host.traefik else ""
    return [upstream.replace("{port}", str(port)) for port in host.listen.ports]


def services_of(work: Work) -> tuple[Service, ...]:
    """Return what leads to the proxy, by Traefik's API; nothing where the settings name none, or it does not answer."""
    seen = traefik_api.seen(work)
    return seen.leading_to(upstreams(work.host)) if seen else ()


def poll_s(ours: Sequence[Service], config: Config) -> float | None:
    """Return how often Traefik's health check would call models; None when it calls none, or sends no key."""
    found = [
        _seconds(one.health_interval)
        for one in ours
        if (one.health_path or "").partition("?")[0].rstrip("/") == HEALTH
        and one.sends_key
        and may_call_model("GET", HEALTH, config)
    ]
    return min(found, default=None)


def judge_mirrors(host: Host, ours: Sequence[Service]) -> Iterator[Finding]:
    """Yield a warning for each service that sends requests twice: a copy of a completion may be a load."""
    for one in ours:
        if one.mirrors:
            message = (
                f"Traefik's {one.name} sends a copy of each request to {', '.join(one.mirrors)}: a second run of the "
                "model, or the load of another"
            )
            hint = f"`ccdeploy doctor --host {host.name}` says where the router should lead"
            yield warning("traefik-mirroring", host.name, message, hint)


def _seconds(written: str | None) -> float:
    try:
        return seconds(written) if written else _INTERVAL_S
    except ValueError:
        return _INTERVAL_S
