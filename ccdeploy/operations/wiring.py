"""What Traefik's dynamic file is made of, from the settings of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.settings.route import rule_of
from ccdeploy.traefik.dynamic import Slot, Wiring

if TYPE_CHECKING:
    from ccdeploy.settings import Host
    from ccdeploy.settings.host import Traefik


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


def slot(host: Host, port: int) -> Slot:
    """Return one of the host's ports as Traefik reaches it; where it has no Traefik, as the host does."""
    upstream = host.traefik.upstream if host.traefik else "http://127.0.0.1:{port}"
    return Slot(port, upstream.replace("{port}", str(port)))
