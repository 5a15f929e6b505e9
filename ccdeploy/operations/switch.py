"""The bold step: bring a release into service, verify it, record it. Goes back by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.operations import back, blue_green, bold, deadman, ending, point, quiet, shadow, verify
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import start_times
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.process import Started
    from ccdeploy.transport.seam import HttpClient
    from ccdeploy.verify.probe import DowntimeProbe


def into_service(change: Change, prepare: str, outcome: str) -> None:
    """Bring the release into service by the host's strategy: shadow, switch, verification, record as `outcome`.

    `prepare` are the lines that make what was uploaded a release. Raises DeployFailed (the previous
    release serves, verified), Stranded (nothing verified serves), Interrupted (restored), or a
    ConnectFailed when the host cannot be asked any more.
    """
    if change.work.host.strategy == "blue-green":
        blue_green.into_service(change, prepare, outcome)
        return
    try:
        shadow.boot_and_verify(change, prepare)
    except BaseException as exc:
        raise back.give_up(change, exc) from exc
    replace(change, outcome)


def replace(change: Change, outcome: str) -> None:
    """Stop what serves and start the release in its place, without a shadow first; raises as into_service."""
    try:
        quiet.wait(change)
    except BaseException as exc:
        raise back.give_up(change, exc) from exc

    def step(probe: DowntimeProbe | None) -> None:
        started = _switch(change)
        _verify(change, started)
        _confirm(change, started, probe, outcome)

    bold.take(change, lambda: _serving_port(change), step)
    if change.draining:
        ending.drained(change, outcome, lambda: _drain(change))
    if change.was_interrupted:
        raise back.interrupted_late(change, outcome)


def _serving_port(change: Change) -> HttpClient:
    """Return a client for the port that serves now, whose gap is to be measured, or that is to serve."""
    stop = change.previous.stop if change.previous else None
    port = stop.port if stop else change.facts.slots.active
    return change.work.transport.http(port, verify.loopback(change.work.host.listen.address))


def _switch(change: Change) -> Started:
    work, previous = change.work, change.previous
    if change.serving_before and change.boot_s is not None:
        work.say(f"no service for about {human_seconds(change.boot_s)} from now: one boot, as the shadow took")
    start = process.start(work.host, change.facts, change.release)
    with work.steps.step("switch", "stop the old proxy, start the new one") as told:
        stop = previous.stop if previous else None
        checked = lines.check_files(change.release.release, change.release.files)
        before = deadman.arm(change) + checked + lines.activate(change.release.release)
        started = process.switch(change.lock, before, change.shadow, stop, start)
        if stop and started.still_draining:
            change.draining.append(stop)
        if started.had_to_kill:
            change.notes.append("the old proxy was deaf to SIGTERM and had to be killed")
        shadow.demand_bound(change, started, start)
        shadow.demand_ready(change, started, start)
        told.detail = f"pid {started.pid} on port {start.port}"
    # Where Traefik's file is ours and listen.ports are others than before, its way has moved too.
    point.lead_to(work, change.lock, change.facts.dynamic, start.port)
    return started


def _verify(change: Change, started: Started) -> None:
    work, port = change.work, change.port
    with work.steps.step("verify", "verify what serves") as told:
        listener = verify.listener(started.pid, port, started.listeners)
        patience_s = verify.ROUTE_PATIENCE_S
        found = verify.checked(work, change.target, port, listener, change.before, route_patience_s=patience_s)
        change.verification = found
        told.detail = verify.summary(found)
        # A fault of Ollama's is not the config's: the shadow found it well a moment ago, and going back mends nothing.
        if not found.proxy_is_well:
            start = process.start(work.host, change.facts, change.release)
            raise shadow.failed(change, start, f"release {change.release.release} serves badly: {told.detail}")


def _confirm(change: Change, started: Started, probe: DowntimeProbe | None, outcome: str) -> None:
    """Mark the release as verified, in a script that first makes sure that it still serves."""
    work, running = change.work, started.process
    if running is None:
        raise ending.gone(change)
    change.downtime_ms = probe.downtime_ms if probe and change.serving_before else None
    change.alive = lines.still_serving(running.pid, start_times(running.started), change.port)
    parts = [change.alive, *ending.lines_of_success(change, running)]
    with work.steps.step("record", "record what serves"):
        # The old one may need minutes for its streams: what is known is written down before.
        ended = not change.draining
        last = ending.lines_of_end(change, outcome) if ended else ()
        serves, change.was_interrupted = undisturbed(
            lambda: change.record(
                [*parts, *last], afterwards=ending.lines_for_good(change), unlock=ended, confirms=True
            )
        )
        if not serves:
            raise ending.gone(change)


def _drain(change: Change) -> None:
    """Let the old proxy end its streams beside the new one; it was told to, and does so by itself."""
    work = change.work
    with work.steps.step("drain", "let the old proxy finish its streams") as told:
        if process.drain(work.transport, change.facts.root, change.draining):
            told.detail = f"killed after {human_seconds(work.host.drain_timeout_s)}"
            change.tell("streams were cut: the old proxy had not ended them within drain_timeout")
