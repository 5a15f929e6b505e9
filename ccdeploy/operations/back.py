"""The ways back: before the switch only the shadow goes, after it the previous release comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import (
    CcdeployError,
    CommandFailed,
    ConnectFailed,
    DeployFailed,
    Interrupted,
    Locked,
    Stranded,
)
from ccdeploy.events import Warned
from ccdeploy.operations import shadow, verify
from ccdeploy.operations.explained import explained
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.remote.facts import gather
from ccdeploy.shell import log
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import Stop
from ccdeploy.verify.ollama import Before

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change, Previous
    from ccdeploy.remote.facts import Facts
    from ccdeploy.verify.probe import DowntimeProbe


def give_up(change: Change, cause: BaseException) -> BaseException:
    """Remove the shadow, make sure that what served still does, write it down; return the error to raise.

    Ctrl-C waits meanwhile.
    """
    if isinstance(cause, Locked):
        return cause  # it is not ours any longer
    try:
        return undisturbed(lambda: _given_up(change, cause))[0]
    except ConnectFailed as exc:
        return cause if isinstance(cause, ConnectFailed) else exc  # nothing more can be asked


def _given_up(change: Change, cause: BaseException) -> BaseException:
    change.downtime_ms = 0 if change.serving_before else None
    work = change.work
    with work.steps.step("clean-up", "end the shadow, check what serves") as told:
        process.end_shadow(work.transport, change.facts.root)
        is_well = change.previous is not None and _still_serves(change, change.previous)
        told.detail = _serves(change) if is_well else "nothing verified serves"
    return _end(change, cause, is_well=is_well)


def go_back(change: Change, cause: BaseException, probe: DowntimeProbe) -> BaseException:
    """Stop what was started and start the previous release again; return the error to raise. Ctrl-C waits meanwhile."""
    if isinstance(cause, Locked):
        return cause  # whoever took the lock over goes on from here
    return undisturbed(lambda: _gone_back(change, cause, probe))[0]


def _gone_back(change: Change, cause: BaseException, probe: DowntimeProbe) -> BaseException:
    work = change.work
    work.emit(Warned(_reason(cause)))
    try:
        if change.previous is None:
            with work.steps.step("rollback", "stop the new proxy; there is no release to go back to"):
                process.switch(change.lock, "", None, _running(change, _facts_now(change)), None)
            is_well = False
        else:
            is_well = _restore(change, change.previous)
    except CcdeployError as exc:
        work.emit(Warned(f"going back failed: {exc.message}"))
        is_well, change.is_out_of_reach = False, isinstance(exc, ConnectFailed)
    change.downtime_ms = probe.downtime_ms if change.serving_before else None
    return _end(change, cause, is_well=is_well)


def _restore(change: Change, previous: Previous) -> bool:
    work, release = change.work, previous.release
    facts = _facts_now(change)
    if _was_never_stopped(previous, facts):
        return _left_serving(change, previous)
    start = process.start(work.host, facts, release, "serving")
    kept = log.keep(process.SERVING_LOG, process.failed_log(change.release.release)) if change.is_new else ""
    before = kept + lines.check_files(release.release, release.files) + lines.activate(release.release)
    with work.steps.step("rollback", f"go back to release {release.release}") as told:
        started = process.switch(change.lock, before, None, _running(change, facts), start)
        shadow.demand_bound(change, started, start)
        shadow.demand_ready(change, started, start)
        told.detail = f"pid {started.pid} on port {start.port}"
    with work.steps.step("verify-rollback", "verify what serves") as told:
        listener = verify.listener(started.pid, work.serving_port, started.listeners)
        # What was broken before is no fault of going back either; Ollama and the route are not asked to be well.
        found = verify.checked(work, previous.candidate, work.serving_port, listener, change.before)
        told.detail = verify.summary(found)
    return found.proxy_is_well


def _was_never_stopped(previous: Previous, facts: Facts) -> bool:
    if previous.stop is None:
        return False
    listening = facts.listeners[previous.stop.port].processes
    return any(previous.stop.pid in (one.pid, one.parent) for one in listening)


def _left_serving(change: Change, previous: Previous) -> bool:
    """Put the links back and end the shadow; the proxy that serves was not touched, and a restart would cost a gap."""
    with change.work.steps.step("rollback", f"release {previous.release.release} was never stopped: leave it serving"):
        links = lines.activate(previous.release.release)
        change.lock.run(lines.record(change.lock.hold, [links], unlock=False))
        process.end_shadow(change.work.transport, change.facts.root)
    return _still_serves(change, previous)


def _still_serves(change: Change, previous: Previous) -> bool:
    """Whether the proxy that served before the change does, by asking it."""
    if previous.stop is None:
        return False
    work = change.work
    seen = process.look(work.transport, change.facts.root, work.serving_port, process.SERVING_LOG)
    listener = verify.listener(previous.stop.pid, work.serving_port, seen.listeners)
    quiet = verify.checked(
        work, previous.candidate, work.serving_port, listener, Before(), with_route=False, is_told=False
    )
    return quiet.proxy_is_well


def _facts_now(change: Change) -> Facts:
    """Ask the host, which alone knows what runs after a fault in the middle of the switch. Connects anew if need be."""
    try:
        return gather(change.work.transport, change.work.host)
    except ConnectFailed:
        return gather(change.work.transport, change.work.host)


def _running(change: Change, facts: Facts) -> Stop | None:
    """Return the proxy that serves now, to be stopped; it has served nobody for long."""
    running = facts.running
    patience_s = change.work.host.drain_timeout_s
    return Stop(running.pid, running.started, running.port, patience_s) if running else None


def _end(change: Change, cause: BaseException, *, is_well: bool) -> BaseException:
    """Write the failure down and return the error that tells it, with where the host stands now."""
    cause = explained(cause) if isinstance(cause, CommandFailed) else cause
    is_interrupt = isinstance(cause, KeyboardInterrupt)
    nothing_lost = is_well or not change.serving_before
    outcome = "interrupted" if is_interrupt and nothing_lost else "failed" if is_well else "stranded"
    reason = _reason(cause)
    parts = [change.mark(change.release, "bad", reason)] if change.is_new and not is_interrupt else []
    try:
        change.record([*parts, change.history_line(outcome, reason)])
    except CcdeployError as exc:
        change.work.emit(Warned(f"the attempt could not be written down: {exc.message}"))
    if not isinstance(cause, CcdeployError | KeyboardInterrupt):
        return cause  # a fault of ours: the host is restored, the face reports it
    return _error(change, cause, reason, outcome)


def _error(change: Change, cause: BaseException, reason: str, outcome: str) -> CcdeployError:
    name, result = change.work.host.name, change.as_result(outcome)
    evidence, hint = (cause.evidence, cause.hint) if isinstance(cause, CcdeployError) else ((), None)
    if outcome == "interrupted":
        return Interrupted(f"{name}: interrupted; {_serves(change)}", result=result)
    if outcome == "failed":
        return DeployFailed(f"{reason}; {_serves(change)}", hint=hint, evidence=evidence, result=result)
    serves = "what serves is not known" if change.is_out_of_reach else "nothing verified serves"
    return Stranded(
        f"{reason}; {serves} on {name}",
        hint=f"look at `ccdeploy logs --host {name}` and `ccdeploy status --host {name}`; "
        "`ccdeploy deploy` or `ccdeploy rollback` bring a release into service",
        evidence=evidence,
        result=result,
    )


def interrupted_late(change: Change, outcome: str) -> Interrupted:
    """Return the error of a change that was interrupted when its release served already, verified and recorded."""
    serves = f"release {change.release.release} serves, verified, on port {change.work.serving_port}"
    return Interrupted(
        f"{change.work.host.name}: interrupted after the switch; {serves}", result=change.as_result(outcome)
    )


def _serves(change: Change) -> str:
    if change.previous is None:
        return "nothing serves, as before"
    return f"release {change.previous.release.release} serves on port {change.work.serving_port}"


def _reason(cause: BaseException) -> str:
    if isinstance(cause, KeyboardInterrupt):
        return "interrupted"
    return cause.message if isinstance(cause, CcdeployError) else f"{type(cause).__name__}: {cause}"
