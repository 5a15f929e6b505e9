"""What Traefik's dynamic file is made of, from the settings of a host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.settings.route import rule_of
from ccdeploy.traefik import dynamic
from ccdeploy.traefik.dynamic import Slot, Wiring

if TYPE_CHECKING:
    from ccdeploy.settings import Host
    from ccdeploy.settings.host import Traefik
    from ccdeploy.traefik.dynamic import Written


def wiring(traefik: Traefik) -> Wiring:
    """Return all that the file holds besides the slots."""
    return Wiring(
        router=traefik.router,
        service=traefik.service,
        rule=traefik.rule if traefik.rule is not None else rule_of(traefik.url),
        entry_points=traefik.entry_points,
        middlewares=traefik.middlewares,
        is_tls=traefik.is_tls,
        cert_resolver=traefik.cert_resolver,
        health_interval_s=traefik.health_interval_s,
    )


def traefik_of(host: Host) -> Traefik:
    """Return the host's Traefik. Raises Refused where the settings name none."""
    if host.traefik is None:
        raise Refused(f"{host.name}: the settings name no traefik", hint="blue-green needs `traefik.dynamic_file`")
    return host.traefik


def text(host: Host, written: Written, *, resends: bool = False) -> str:
    """Return the file of a host that says this of itself; `resends` is of a Traefik that can, while two slots serve."""
    fallback = slot(host, written.fallback) if written.fallback is not None else None
    wired = replace(wiring(traefik_of(host)), resends=resends)
    return dynamic.text(wired, slot(host, written.to), fallback, written.number)


def slot(host: Host, port: int) -> Slot:
    """Return one of the host's ports as Traefik reaches it; where it has no Traefik, as the host does."""
    upstream = host.traefik.upstream if host.traefik else "http://127.0.0.1:{port}"
    return Slot(port, upstream.replace("{port}", str(port)))
