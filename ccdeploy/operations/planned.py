"""What a rehearsal says of the way into service: the steps that the host's strategy would take, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccdeploy.operations import quiet, remains
from ccdeploy.operations.standing import serving_process
from ccdeploy.units import human_seconds
from ccdeploy.verify.ladder import NO_ROUTE

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host


def into_service(work: Work, facts: Facts, quiet_s: float) -> tuple[str, ...]:
    """Return the steps from a release on the host to one that serves, verified."""
    if work.host.strategy == "blue-green":
        return _blue_green(work, facts)
    return _restart(facts, work.host, quiet.planned(work, facts, quiet_s))


def first(work: Work, facts: Facts) -> tuple[str, ...]:
    """Return what would be put right before anything else: what an attempt that was cut off left behind."""
    taken = [f"take over a stale lock: {remains.stale(facts)}"] if facts.lock.is_stale else []
    return (*taken, *(f"clear away: {one.what}" for one in remains.beside(work.host, facts)))


def _restart(facts: Facts, host: Host, waiting: Sequence[str]) -> tuple[str, ...]:
    active, idle = facts.slots.active, facts.slots.idle
    start = f"start the release on port {active}"
    if facts.listeners[active]:
        start = f"stop the proxy on port {active} and start the release there"
    through = f", and through {host.traefik.url}" if host.traefik else f"; {NO_ROUTE}"
    return f"boot it as a shadow on port {idle}, verify it, end it", *waiting, start, f"verify it there{through}"


def _blue_green(work: Work, facts: Facts) -> tuple[str, ...]:
    idle, traefik, serving = facts.slots.idle, work.host.traefik, serving_process(work, facts)
    file, url = (traefik.dynamic_file, traefik.url) if traefik else (None, None)
    steps = (f"boot it on port {idle}, verify it", f"write {file}: Traefik leads to port {idle}", f"verify it by {url}")
    if serving is None:
        return steps
    patience = human_seconds(work.host.drain_timeout_s)
    return *steps, f"let the proxy on port {serving.port} end its requests, within {patience}, then end it"
