"""Stop: the proxy ends when its streams have ended; nothing serves afterwards."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.errors import Interrupted
from ccdeploy.operations import at_boot
from ccdeploy.operations.leftovers import end_leftovers
from ccdeploy.operations.standing import ask, held_by, refreshed, serving_process
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.operations.work import Attempted
from ccdeploy.release.history import to_line
from ccdeploy.remote import process
from ccdeploy.results import Attempt, HistoryEntry
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.shell.process import Stop


def stop(work: Work, *, is_rehearsal: bool = False, wait_s: float = 0.0) -> Attempt:
    """Stop what serves; nothing to do when nothing does. Its streams end first, within drain_timeout."""
    began = work.clock.monotonic()
    facts = ask(work)
    name, release = work.host.name, facts.current
    running = serving_process(work, facts)
    if running is None:
        return Attempt("stop", name, "nothing-to-do", release=release)
    if is_rehearsal:
        return Attempt(
            "stop", name, "rehearsed", release=release, planned=(f"stop pid {running.pid}",), notes=held_by(facts)
        )
    with work.lock(facts.root, "stop", attempt=Attempted("stop")).held(wait_s) as lock:
        facts = refreshed(work, facts, lock)
        facts = end_leftovers(work, facts, lock)
        running = serving_process(work, facts)
        attempt, was_interrupted = undisturbed(lambda: _stopped(work, facts, lock, running, began))
    if was_interrupted:
        raise Interrupted(f"{name}: interrupted; the proxy was stopped all the same", result=asdict(attempt))
    return attempt


def _stopped(work: Work, facts: Facts, lock: HeldLock, running: Stop | None, began: float) -> Attempt:
    """Stop the proxy, let its streams end, write it down."""
    with work.steps.step("stop", "stop the proxy; its streams end first") as told:
        stopped = process.switch(lock, "", None, running, None)
        killed = process.drain(work.transport, facts.root, [running]) if running else ()
        told.detail = f"pid {running.pid}" if running else "it had ended already"
    is_cut = bool(killed) or stopped.had_to_kill
    notes = ("it had to be killed: it had not ended within drain_timeout",) if is_cut else ()
    if stopped.is_port_free is False:
        notes = (*notes, f"something listens on port {facts.slots.active} all the same: see `ccdeploy status`")
    seconds, at = round(work.clock.monotonic() - began, 3), iso(work.clock.now())
    entry = HistoryEntry(at, "stop", "stopped", None, facts.current, None, work.by.who, seconds, None, "; ".join(notes))
    parts = [at_boot.stopped(), lines.append_history(to_line(entry))]
    if lock.run(lines.record(lock.hold, parts, unlock=True)).status == 0:
        lock.released()
    return Attempt("stop", work.host.name, "stopped", previous=facts.current, seconds=seconds, notes=notes)
