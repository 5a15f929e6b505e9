"""The bold step: bring a release into service, verify it, record it. Goes back by itself."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, DeployFailed
from ccdeploy.operations import back, quiet, shadow, verify
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.release.process import run_state_fields, run_state_text
from ccdeploy.remote import process
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import start_times
from ccdeploy.units import human_seconds
from ccdeploy.verify.probe import DowntimeProbe

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.process import Started
    from ccdeploy.transport.seam import HttpClient


def into_service(change: Change, prepare: str, outcome: str) -> None:
    """Bring the release into service: shadow, switch, verification, record as `outcome`.

    `prepare` are the lines that make what was uploaded a release. Raises DeployFailed (the previous
    release serves, verified), Stranded (nothing verified serves), Interrupted (restored), or a
    ConnectFailed when the host cannot be asked any more.
    """
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
    with ExitStack() as probing:
        probe = None
        try:
            probe = DowntimeProbe(probing.enter_context(_probe_client(change)))
            probing.callback(probe.stop)
            probe.start()
            started = _switch(change)
            _verify(change, started)
            _confirm(change, started, probe, outcome)
        except BaseException as exc:
            error = back.go_back(change, exc, probe)
            if error is not None:
                raise error from exc
        # The release serves and is recorded: Ctrl-C from here on must not keep that from being told.
        _, again = undisturbed(probing.close)
        change.was_interrupted = change.was_interrupted or again
    if change.draining:
        _drain(change, outcome)
    if change.was_interrupted:
        raise back.interrupted_late(change, outcome)


def _probe_client(change: Change) -> HttpClient:
    """Return a client for the port that serves now, whose gap is to be measured, or that is to serve."""
    stop = change.previous.stop if change.previous else None
    port = stop.port if stop else change.work.serving_port
    return change.work.transport.http(port, verify.loopback(change.work.host.listen.address))


def _switch(change: Change) -> Started:
    work, previous = change.work, change.previous
    if change.serving_before and change.boot_s is not None:
        work.say(f"no service for about {human_seconds(change.boot_s)} from now: one boot, as the shadow took")
    start = process.start(work.host, change.facts, change.release)
    before = lines.check_files(change.release.release, change.release.files) + lines.activate(change.release.release)
    with work.steps.step("switch", "stop the old proxy, start the new one") as told:
        stop = previous.stop if previous else None
        started = process.switch(change.lock, before, change.shadow, stop, start)
        if stop and started.still_draining:
            change.draining.append(stop)
        if started.had_to_kill:
            change.notes.append("the old proxy was deaf to SIGTERM and had to be killed")
        shadow.demand_bound(change, started, start)
        shadow.demand_ready(change, started, start)
        told.detail = f"pid {started.pid} on port {start.port}"
    return started


def _verify(change: Change, started: Started) -> None:
    work = change.work
    with work.steps.step("verify", "verify what serves") as told:
        listener = verify.listener(started.pid, work.serving_port, started.listeners)
        patience_s = verify.ROUTE_PATIENCE_S
        found = verify.checked(
            work, change.target, work.serving_port, listener, change.before, route_patience_s=patience_s
        )
        change.verification = found
        told.detail = verify.summary(found)
        # A fault of Ollama's is not the config's: the shadow found it well a moment ago, and going back mends nothing.
        if not found.proxy_is_well:
            start = process.start(work.host, change.facts, change.release)
            raise shadow.failed(change, start, f"release {change.release.release} serves badly: {told.detail}")


def _confirm(change: Change, started: Started, probe: DowntimeProbe, outcome: str) -> None:
    """Mark the release as verified, in a script that first makes sure that it still serves."""
    work, running = change.work, started.process
    gone = DeployFailed(f"{work.host.name}: the new proxy ended right after it was verified")
    if running is None:
        raise gone
    change.downtime_ms = probe.downtime_ms if change.serving_before else None
    digests = process.digests(work.host, change.facts, change.release.digest, change.facts.litellms.of(change.release))
    fields = run_state_fields(work.serving_port, change.release.release, digests, running.command)
    parts = [
        lines.still_serving(running.pid, start_times(running.started), work.serving_port),
        lines.write_run_state("serving", run_state_text(running, fields)),
        change.mark(change.release, "verified"),
        *change.closing,
    ]
    with work.steps.step("record", "record what serves"):
        # The old one may need minutes for its streams: what is known is written down before.
        ended = not change.draining
        ending = _ending(change, outcome) if ended else ()
        serves, change.was_interrupted = undisturbed(lambda: change.record([*parts, *ending], unlock=ended))
        if not serves:
            raise gone


def _drain(change: Change, outcome: str) -> None:
    """Let the old proxy end its streams, then write the attempt down and give the lock back."""
    work = change.work
    try:
        if not change.was_interrupted:
            with work.steps.step("drain", "let the old proxy finish its streams") as told:
                if process.drain(work.transport, change.facts.root, change.draining):
                    told.detail = f"killed after {human_seconds(work.host.drain_timeout_s)}"
                    change.tell("streams were cut: the old proxy had not ended them within drain_timeout")
    except KeyboardInterrupt:
        change.was_interrupted = True  # the old one was told to stop: it ends by itself after its last stream
    except CcdeployError as exc:  # the release serves, verified and recorded: this can only be told
        change.tell(f"whether the old proxy has ended its streams is not known: {exc.message}")
    try:
        _, again = undisturbed(lambda: change.record(_ending(change, outcome)))
        change.was_interrupted = change.was_interrupted or again
    except CcdeployError as exc:
        change.tell(f"the attempt could not be written into history.jsonl: {exc.message}")


def _ending(change: Change, outcome: str) -> list[str]:
    """Return the lines that end an attempt: what retention lets go, and the line of history."""
    verified = change.release.marked("verified", change.work.clock.now())
    return [change.prune_line(change.release.release, [verified, *change.also_marked]), change.history_line(outcome)]
