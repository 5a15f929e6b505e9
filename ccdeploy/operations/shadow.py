"""The shadow: the new release on the spare port, verified before it costs anybody anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, DeployFailed
from ccdeploy.litellm import log
from ccdeploy.operations import verify
from ccdeploy.remote import process
from ccdeploy.shell.lock import unless_given_up_line
from ccdeploy.shell.process import Stop
from ccdeploy.verify import wait

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.process import Started
    from ccdeploy.shell.launch import Start

_WHY = {
    "dead": "it ended while booting",
    "late": "it did not listen on its port in time",
    "foreign": "another process took its port",
}


def boot_and_verify(change: Change, prepare: str) -> Started:
    """Boot the release's shadow and verify it; return what was started. Raises DeployFailed with the evidence.

    `prepare` are the lines that run on the host first: they make what was uploaded a release.
    """
    work = change.work
    start = process.start_of_shadow(work.host, change.facts, change.release, change.shadow_config)
    with work.steps.step("shadow", f"boot the shadow on port {start.port}") as told:
        began = work.clock.monotonic()
        started = process.start_shadow(change.lock, unless_given_up_line(change.id) + prepare, start)
        demand_bound(change, started, start)
        demand_ready(change, started, start)
        change.boot_s = work.clock.monotonic() - began
        if started.process:
            change.shadow = Stop(started.process.pid, started.process.started, start.port, 0)
        told.detail = f"pid {started.pid}"
    with work.steps.step("verify-shadow", "verify the shadow") as told:
        listener = verify.listener(started.pid, start.port, started.listeners)
        found = verify.checked(work, change.target, start.port, listener, change.before, with_route=False)
        told.detail = verify.summary(found)
        if not found.host_is_well:
            change.verification = found
            why = f"config '{change.release.config}' does not serve what it promises: {told.detail}"
            raise failed(change, start, why, is_logged=not found.proxy_is_well)
    return started


def demand_bound(change: Change, started: Started, start: Start) -> None:
    """Raise DeployFailed, with the end of its log, unless a proxy that was started listens."""
    if started.state != "bound":
        why, wrote = _WHY.get(started.state, started.state), change.masked(started.log)
        if said := log.reason(wrote):
            why += f": {said}"
        raise DeployFailed(
            f"{change.work.host.name}: release {change.release.release} on port {start.port}: {why}",
            hint=f"its log on the host: {start.log}",
            evidence=log.telling(wrote),
        )


def demand_ready(change: Change, started: Started, start: Start) -> None:
    """Raise DeployFailed, with the end of its log, unless a proxy that listens gets ready."""
    work = change.work
    with work.transport.http(start.port, verify.loopback(work.host.listen.address)) as client:
        check = wait.ready(client, work.host.ready_timeout_s, work.clock)
    if check.status != "ok":
        raise failed(change, start, f"it listens on port {start.port} and does not get ready: {check.detail}")


def failed(change: Change, start: Start, why: str, *, is_logged: bool = True) -> DeployFailed:
    """Return the error of a proxy that runs and is not right; the end of its log is the evidence, if it can tell."""
    message = f"{change.work.host.name}: {why}"
    if not is_logged:
        return DeployFailed(message)
    try:
        lines = process.look(change.work.transport, change.facts.root, start.port, start.log).log
    except CcdeployError:
        lines = ()
    hint = f"its log on the host: {start.log}"
    return DeployFailed(message, hint=hint, evidence=log.telling(change.masked(lines)))
