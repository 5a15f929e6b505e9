"""The bold step without a gap: the shadow becomes the new slot, Traefik is pointed at it, the old one drains.

Before Traefik is pointed a failure only ends the shadow; after it Traefik is pointed back first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import DeployFailed, Refused
from ccdeploy.operations import back, bold, deadman, drain, ending, point, public, shadow, verify
from ccdeploy.operations.point import Pointing
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.shell import log
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import start_times
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.process import Started
    from ccdeploy.transport.seam import HttpClient
    from ccdeploy.verify.probe import DowntimeProbe


def into_service(change: Change, prepare: str, outcome: str) -> None:
    """Bring the release into service on the idle slot, while what serves goes on until its last request has ended.

    `prepare` are the lines that make what was uploaded a release. Raises as switch.into_service.
    """
    try:
        started = shadow.boot_and_verify(change, prepare)
    except BaseException as exc:
        raise back.give_up(change, exc) from exc

    def step(probe: DowntimeProbe | None) -> None:
        _point(change)
        _verify(change, started)
        _confirm(change, started, probe, outcome)

    bold.take(change, lambda: _users_way(change), step)
    if change.draining:
        drain.after_switch(change, outcome)
    if change.was_interrupted:
        raise back.interrupted_late(change, outcome)


def _users_way(change: Change) -> HttpClient | None:
    """Return a client for the way that users take: no other shows what they notice of the switch."""
    try:
        return public.client(change.work)
    except Refused:
        return None


def _point(change: Change) -> None:
    """Lead Traefik to the new slot, with the old one to fall back to; wait until it shows that."""
    work, found, pointing = change.work, change.facts.dynamic, _forward(change)
    assert found is not None  # noqa: S101  # preflight demands one
    with work.steps.step("point", f"point Traefik at port {pointing.to}") as told:
        began = work.clock.monotonic()
        first = deadman.arm(change) + _demand_alive(change)
        change.is_pointed = True  # before it is written: who goes back asks the host what became of it
        change.dynamic = point.write(work, change.lock, found, pointing, first)
        if not point.is_shown_within(work, change.dynamic):
            within = human_seconds(point.timeout_s(work))
            raise DeployFailed(
                f"{work.host.name}: Traefik does not show within {within} that it leads to port {pointing.to}",
                hint=f"see Traefik's log, and whether its file provider watches the folder of {found.path}",
            )
        told.detail = f"shown after {human_seconds(work.clock.monotonic() - began)}"


def _forward(change: Change) -> Pointing:
    old = change.previous.stop if change.previous else None
    return Pointing(change.facts.slots.idle, old.port if old else None)


def _demand_alive(change: Change) -> str:
    """Return the line that ends a script unless the new proxy serves: no way leads to one that ended meanwhile."""
    new = change.shadow
    return lines.still_serving(new.pid, start_times(new.started), new.port) if new else ""


def _verify(change: Change, started: Started) -> None:
    work, port = change.work, change.port
    with work.steps.step("verify", "verify what serves") as told:
        listener = verify.listener(started.pid, port, started.listeners)
        patience_s = point.timeout_s(work)
        found = verify.checked(work, change.target, port, listener, change.before, route_patience_s=patience_s)
        change.verification = found
        told.detail = verify.summary(found)
        # The way of the users led to what served until now: if it leads to nothing good from here, it is led back.
        if not found.proxy_is_well or any(check.layer == "route" for check in found.failures):
            start = process.start_of_shadow(work.host, change.facts, change.release, change.shadow_config)
            why = f"release {change.release.release} serves badly: {told.detail}"
            raise shadow.failed(change, start, why, is_logged=not found.proxy_is_well)


def _confirm(change: Change, started: Started, probe: DowntimeProbe | None, outcome: str) -> None:
    """Record that the release serves and the old proxy drains, in a script that first makes sure that it still does."""
    work, running, old = change.work, started.process, change.previous.stop if change.previous else None
    if running is None or change.dynamic is None:
        raise ending.gone(change)
    change.downtime_ms = probe.downtime_ms if probe and change.serving_before else None
    written = change.dynamic
    pointed, change.dynamic = point.lines_at(work.host, written, Pointing(change.port))
    change.alive = _demand_alive(change)
    parts = [
        change.alive,
        # Before anything is recorded: a file that another hand has changed takes the whole change back.
        pointed or point.demand_unchanged(written),
        lines.activate(change.release.release),
        *ending.lines_of_success(change, running),
        *([lines.write_run_state("draining", ending.state_of(change, old))] if old else []),
        "rm -f run/shadow.json\n",
        log.promote(process.shadow_log(change.release.release), process.SERVING_LOG),
    ]
    if old:
        change.draining.append(old)
    with work.steps.step("record", "record what serves"):
        last = () if old else ending.lines_of_end(change, outcome)
        serves, change.was_interrupted = undisturbed(
            lambda: change.record(
                [*parts, *last], afterwards=ending.lines_for_good(change), unlock=old is None, confirms=True
            )
        )
        if not serves:
            raise ending.gone(change)
