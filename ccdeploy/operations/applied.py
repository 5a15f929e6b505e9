"""Whether Traefik has taken its dynamic file, by its API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.findings import Finding, warning
from ccdeploy.operations import verify
from ccdeploy.operations.wiring import slot, wiring
from ccdeploy.traefik import services
from ccdeploy.verify import ask

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.traefik.dynamic import Slot, Written
    from ccdeploy.transport.seam import HttpClient

LOOK_EVERY_S = 0.1


def wait(work: Work, to: Slot, fallback: Slot | None) -> bool | None:
    """Wait until Traefik shows what the file says; False when it does not in time, None when it cannot be asked."""
    traefik = work.host.traefik
    with _api(work) as asked:
        if traefik is None or asked is None:
            return None
        client, folder = asked
        deadline = work.clock.monotonic() + traefik.switch_timeout_s
        while not _is_shown(ask.body(client, folder + services.SERVICES), traefik.service, (to, fallback)):
            if work.clock.monotonic() > deadline:
                return False
            work.clock.sleep(LOOK_EVERY_S)
        return True


def judge(work: Work, leads: Written) -> Iterator[Finding]:
    """Wait until Traefik shows what the file says, and yield a warning where it does not, or a rival takes requests."""
    host, traefik = work.host, work.host.traefik
    if traefik is None:
        return
    to, fallback = slot(host, leads.to), slot(host, leads.fallback) if leads.fallback is not None else None
    if wait(work, to, fallback) is False:
        message = f"Traefik's API does not show {traefik.service}@file leading to {to.url}"
        hint = (
            f"let its file provider watch the folder of {traefik.dynamic_file} (`providers.file.directory`, "
            f"`watch: true`), and let no other file in it name {traefik.router} or {traefik.service}; Traefik's log "
            "tells which"
        )
        yield warning("traefik-not-shown", host.name, message, hint)
    for rival in _rivals(work, wiring(traefik).rule):
        message = f"Traefik's router {rival} has the same rule as ours, and may take the requests"
        hint = f"remove it: {traefik.router}@file is to take its place"
        yield warning("traefik-rival", host.name, message, hint)


def _rivals(work: Work, rule: str) -> tuple[str, ...]:
    with _api(work) as asked:
        if work.host.traefik is None or asked is None:
            return ()
        client, folder = asked
        body = ask.body(client, folder + services.ROUTERS)
    try:
        return services.with_rule(body or b"[]", rule, but=f"{work.host.traefik.router}@file")
    except ValueError:
        return ()


@contextmanager
def _api(work: Work) -> Iterator[tuple[HttpClient, str] | None]:
    """Yield a client to Traefik's API and the folder that its paths begin with; None where it cannot be asked."""
    api = work.host.traefik.api if work.host.traefik else None
    place = verify.place(api) if api else None
    if api is None or place is None:
        yield None
        return
    address, port = place
    with work.transport.http(port, address) as client:
        yield client, urlsplit(api).path.rstrip("/")


def _is_shown(body: bytes | None, service: str, slots: tuple[Slot, Slot | None]) -> bool:
    try:
        return body is not None and services.shows(services.of_api(body, b"[]"), service, *slots)
    except ValueError:
        return False
