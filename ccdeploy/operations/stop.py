"""Stop: the proxy ends when its streams have ended; nothing serves afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.operations.standing import ask, end_leftovers, refreshed, serving_process
from ccdeploy.release.history import to_line
from ccdeploy.remote import process
from ccdeploy.results import Attempt, HistoryEntry
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def stop(work: Work, *, is_rehearsal: bool = False, wait_s: float = 0.0) -> Attempt:
    """Stop what serves; nothing to do when nothing does. Its streams end first, within drain_timeout."""
    began = work.clock.monotonic()
    facts = ask(work)
    name, release = work.host.name, facts.current
    running = serving_process(work, facts)
    if running is None:
        return Attempt("stop", name, "nothing-to-do", release=release)
    if is_rehearsal:
        return Attempt("stop", name, "rehearsed", release=release, planned=(f"stop pid {running.pid}",))
    with work.lock(facts.root, "stop").held(wait_s) as lock:
        facts = refreshed(work, facts, lock)
        end_leftovers(work, facts)
        running = serving_process(work, facts)
        notes: tuple[str, ...] = ()
        with work.steps.step("stop", "stop the proxy; its streams end first") as told:
            stopped = process.switch(lock, "", None, running, None)
            killed = process.drain(work.transport, facts.root, [running]) if running else ()
            told.detail = f"pid {running.pid}" if running else "it had ended already"
        if killed or stopped.had_to_kill:
            notes = ("it had to be killed: it had not ended within drain_timeout",)
        seconds = round(work.clock.monotonic() - began, 3)
        by = work.by
        entry = HistoryEntry(
            iso(work.clock.now()), "stop", "stopped", None, release, None, by.who, seconds, None, "; ".join(notes)
        )
        if lock.run(lines.record(lock.hold, [lines.append_history(to_line(entry))], unlock=True)).status == 0:
            lock.released()
        return Attempt("stop", name, "stopped", previous=release, seconds=seconds, notes=notes)
