"""The ways back: before the switch only the shadow goes, after it the previous release comes again."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from ccdeploy.errors import (
    CcdeployError,
    CommandFailed,
    ConnectFailed,
    DeployFailed,
    HostKeyChanged,
    Interrupted,
    Locked,
    LockLost,
    Refused,
    Stranded,
)
from ccdeploy.events import Warned
from ccdeploy.operations import deadman, point_back, restore
from ccdeploy.operations.explained import explained
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.remote.process import EndedSwitch

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.facts import Facts
    from ccdeploy.verify.probe import DowntimeProbe

_SIGNALLED = 128  # a shell adds this to the number of the signal that ended a program


def give_up(change: Change, cause: BaseException) -> BaseException:
    """Remove the shadow, make sure that what served still does, write it down; return the error to raise.

    Ctrl-C waits meanwhile.
    """
    if isinstance(cause, Locked):
        return cause  # it is not ours any longer
    try:
        return undisturbed(lambda: _given_up(change, cause))[0]
    except ConnectFailed as exc:
        return _unasked(cause, exc)


def _unasked(cause: BaseException, exc: ConnectFailed) -> BaseException:
    """Return the error where nothing more can be asked; of a connection that was lost a changed key explains it."""
    return cause if isinstance(cause, ConnectFailed) and not isinstance(exc, HostKeyChanged) else exc


def _given_up(change: Change, cause: BaseException) -> BaseException:
    change.downtime_ms = 0 if change.serving_before else None
    work, previous = change.work, change.previous
    with work.steps.step("clean-up", "end the shadow, check what serves") as told:
        if _may_run(cause):  # the script that starts the shadow goes on without its client
            restore.asked_twice(lambda: process.end_switch(change.lock, change.id))
        process.end_shadow(change.lock)
        is_well = previous is not None and restore.still_serves(change, previous)
        told.detail = _serves(change, is_well=True) if is_well else "nothing verified serves"
    if not is_well and previous is not None and previous.release.release != change.facts.current:
        # What runs was left by an attempt that was cut off, and never verified: the last good release replaces it.
        is_well = _tried(change, lambda: restore.restored(change, previous))
    return _end(change, cause, is_well=is_well)


def go_back(change: Change, cause: BaseException, probe: DowntimeProbe | None) -> BaseException | None:
    """Stop what was started and start the previous release again; return the error to raise. Ctrl-C waits meanwhile.

    None when there is nothing to go back from: the connection was lost after the host had written
    down that the release serves.
    """
    if isinstance(cause, Locked):  # whoever took the lock over goes on from here: another, or the host itself
        return undisturbed(lambda: deadman.came_of_it(change))[0] or cause
    try:
        return undisturbed(lambda: _gone_back(change, cause, probe))[0]
    except LockLost as exc:
        lost = exc
    except ConnectFailed as exc:  # nothing was risked
        return _unasked(cause, exc)
    return undisturbed(lambda: _without_the_lock(change, cause, lost))[0]


def _gone_back(change: Change, cause: BaseException, probe: DowntimeProbe | None) -> BaseException | None:
    change.work.emit(Warned(_reason(cause)))
    ended = EndedSwitch()
    try:
        ended = _switch_ended(change, cause)
        if ended.is_unarmed:
            change.watch = None
        elif _was_confirmed(change, cause):
            return None
        else:
            _hold_off(change)
            is_well = _tried(change, lambda: _undone(change, cause, may_serve_on=not ended.has_told_to_stop))
    except LockLost:
        raise
    except CcdeployError as exc:
        # A script that goes back may still run: the host, which watches, ends it and goes back by itself.
        if change.watch and isinstance(exc, ConnectFailed):
            return deadman.out_of_reach(change, exc)
        is_well = _failed(change, exc)
    if ended.is_unarmed:  # nothing was risked
        return _given_up(change, cause)
    change.downtime_ms = probe.downtime_ms if probe and change.serving_before else None
    return _end(change, cause, is_well=is_well)


def _switch_ended(change: Change, cause: BaseException) -> EndedSwitch:
    """See to it that no script of ours changes the host under who judges it; return what became of it."""
    if not _may_run(cause):
        return EndedSwitch()
    try:
        return restore.asked_twice(lambda: process.end_switch(change.lock, change.id, change.watch))
    except CommandFailed as exc:  # it hangs in the kernel: what serves is started anew, whatever listens yet
        change.work.warn(explained(exc).message)
        return EndedSwitch(has_told_to_stop=True)


def _may_run(cause: BaseException) -> bool:
    """Whether a script may still be at work on the host: one that is to finish does so without its client.

    Ctrl-C may have come when nothing came from the host any more.
    """
    return isinstance(cause, ConnectFailed | KeyboardInterrupt)


def _hold_off(change: Change) -> None:
    try:
        restore.asked_twice(lambda: deadman.hold_off(change))
    except CommandFailed as exc:  # a disk that is full: the host goes back, too, if this takes too long
        change.work.warn(f"the host could not be told to leave going back to this command: {explained(exc).message}")


def _undone(change: Change, cause: BaseException, *, may_serve_on: bool) -> bool:
    if change.is_pointed:
        return point_back.undone(change, anew=_may_run(cause))
    return restore.undone(change, may_serve_on=may_serve_on)


def _without_the_lock(change: Change, cause: BaseException, lost: LockLost) -> BaseException | None:
    """Return the error to raise when the lock is not ours any longer: who took it goes on from here.

    The script that confirms gives it back, as its last line, and goes on without its client.
    """
    return None if _was_confirmed(change, cause) else deadman.came_of_it(change) or lost


def _tried(change: Change, way_back: Callable[[], bool]) -> bool:
    """Return whether a way back led to a verified release; what keeps it from that is told, and is no end.

    Raises LockLost, and ConnectFailed where the host goes back by itself.
    """
    try:
        return way_back()
    except LockLost:
        raise
    except CcdeployError as exc:
        if change.watch and isinstance(exc, ConnectFailed):
            raise
        return _failed(change, exc)
    except Exception as exc:  # a fault of ours must not keep the attempt from being written down
        change.work.emit(Warned(f"going back failed: {type(exc).__name__}: {exc}"))
    return False


def _failed(change: Change, exc: CcdeployError) -> bool:
    change.work.emit(Warned(f"going back failed: {exc.message}"))
    change.is_out_of_reach = isinstance(exc, ConnectFailed)
    return False


def _was_killed(cause: BaseException) -> bool:
    """Whether it is a script on the host that a signal ended: nobody knows how far it came."""
    return isinstance(cause, CommandFailed) and (cause.status or 0) > _SIGNALLED


def _was_confirmed(change: Change, cause: BaseException) -> bool:
    """Whether the host had written down that the release serves, verified, before its answer was lost.

    A script that was killed did so if it ended the watch, which it does when all else is written down.
    """
    if not (isinstance(cause, ConnectFailed) or _was_killed(cause)):
        return False
    try:
        facts = restore.facts_now(change)
    except (ConnectFailed, Refused):
        return False
    release = facts.release(change.release.release)
    if not _is_recorded(change, facts) or release is None or not release.is_good:
        return False
    if change.watch and any(one.id == change.watch.id and one.state != "idle" for one in facts.deadmen):
        return False  # it can be gone back from yet, or is just now
    is_ours = facts.lock.owner is not None and facts.lock.owner.id == change.lock.owner.id
    what = "the script was killed" if _was_killed(cause) else "the connection was lost"
    change.notes.append(f"{what} when the release was verified and recorded already")
    if not is_ours:
        change.lock.released()
    change.lock.is_released = not is_ours
    change.watch = None
    return True


def _is_recorded(change: Change, facts: Facts) -> bool:
    """Whether the new proxy runs as the script that confirms recorded it."""
    running = facts.running
    if running is None or running.release != change.release.release:
        return False
    # A restart finds the record of its own release before it has switched: that is of the old process.
    is_new = change.previous is None or change.previous.stop is None or running.pid != change.previous.stop.pid
    # Only the script that confirms writes the command line; the one that starts a proxy does not know it yet.
    return is_new and running.command is not None


def _end(change: Change, cause: BaseException, *, is_well: bool) -> BaseException:
    """Write the failure down and return the error that tells it, with where the host stands now."""
    cause = explained(cause) if isinstance(cause, CommandFailed) else cause
    is_interrupt = isinstance(cause, KeyboardInterrupt)
    nothing_lost = is_well or not change.serving_before
    outcome = "interrupted" if is_interrupt and nothing_lost else "failed" if is_well else "stranded"
    reason = _reason(cause)
    marked = [change.release.marked("bad", change.work.clock.now())] if change.is_new and not is_interrupt else []
    parts = [change.mark(change.release, "bad", reason)] if marked else []
    current = change.previous.release.release if change.previous else change.release.release
    try:
        # What is let go of makes room for what is written, on a disk that may be full.
        change.record([change.prune_line(current, marked), *parts, change.history_line(outcome, reason)])
    except LockLost:
        raise
    except CcdeployError as exc:
        change.work.emit(Warned(f"the attempt could not be written down: {exc.message}"))
    return _error(change, cause, outcome, is_well=is_well)


def _error(change: Change, cause: BaseException, outcome: str, *, is_well: bool) -> CcdeployError:
    name, result = change.work.host.name, change.as_result(outcome)
    evidence, hint = _shown(cause)
    if outcome == "interrupted":
        return Interrupted(f"{name}: interrupted; {_serves(change, is_well=is_well)}", result=result)
    if outcome == "failed":
        return DeployFailed(
            f"{_reason(cause)}; {_serves(change, is_well=True)}", hint=hint, evidence=evidence, result=result
        )
    serves = "what serves is not known" if change.is_out_of_reach else "nothing verified serves"
    return Stranded(
        f"{_reason(cause)}; {serves} on {name}",
        hint=f"look at `ccdeploy logs --host {name}` and `ccdeploy status --host {name}`; "
        "`ccdeploy deploy` or `ccdeploy rollback` bring a release into service",
        evidence=evidence,
        result=result,
    )


def _shown(cause: BaseException) -> tuple[tuple[str, ...], str | None]:
    """Return the evidence and the remedy of a cause; a fault of ours shows where it is."""
    if isinstance(cause, CcdeployError):
        return cause.evidence, cause.hint
    if isinstance(cause, KeyboardInterrupt):
        return (), None
    where = tuple(line.rstrip() for line in traceback.format_exception(cause)[-3:])
    return where, "this is a fault of ccdeploy's own; please report it with these lines"


def interrupted_late(change: Change, outcome: str) -> Interrupted:
    """Return the error of a change that was interrupted when its release served already, verified and recorded."""
    serves = f"release {change.release.release} serves, verified, on port {change.port}"
    return Interrupted(
        f"{change.work.host.name}: interrupted after the switch; {serves}", result=change.as_result(outcome)
    )


def _serves(change: Change, *, is_well: bool) -> str:
    previous = change.previous
    if previous is None or not is_well:
        return "nothing serves, as before"
    port = previous.stop.port if previous.stop else change.facts.slots.active
    return f"release {previous.release.release} serves on port {port}"


def _reason(cause: BaseException) -> str:
    if isinstance(cause, KeyboardInterrupt):
        return "interrupted"
    return cause.message if isinstance(cause, CcdeployError) else f"{type(cause).__name__}: {cause}"
