"""What nobody confirmed: the host goes back from it by itself, and whoever comes next waits for that and tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.operations import remains
from ccdeploy.remote import deadman
from ccdeploy.remote.facts import gather

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.results import HistoryEntry


def awaited(work: Work, facts: Facts) -> Facts:
    """Wait while the host goes back by itself, for nothing that is seen meanwhile lasts; return the facts of then."""
    while under_way := [one for one in facts.deadmen if one.is_alive and _goes_back(facts, one.state)]:
        with work.steps.step("deadman", "the host goes back from an attempt that nobody confirmed: wait for it"):
            for one in under_way:
                while not deadman.has_ended(work.transport, facts.root, one.id):
                    pass
        facts = gather(work.transport, work.host)
    return facts


def _goes_back(facts: Facts, state: str) -> bool:
    """Whether a watcher in that state goes back, or is about to: the client that could confirm is gone."""
    return state == "fired" or (state == "armed" and not remains.is_under_way(facts))


def settle(work: Work, facts: Facts, lock: HeldLock) -> Facts:
    """Let the host go back now from an attempt whose client is gone; return the facts as they are then."""
    for one in facts.deadmen:
        title = "let the host go back from an attempt that was cut off" if one.is_alive else "clear away a dead watcher"
        with work.steps.step("leftovers", title):
            while not deadman.told_to_end(lock, one.id):
                pass
    if not facts.deadmen:
        return facts
    facts = gather(work.transport, work.host)
    if told := by_the_host(facts):
        work.warn(told)
    return facts


def by_the_host(facts: Facts) -> str | None:
    """Return what the host did by itself at the end of the last attempt; None where a client ended it."""
    entry = facts.last_attempt
    return f"{_attempt(entry)}: {entry.detail}; {what_serves(facts)}" if entry and entry.ended_by else None


def what_serves(facts: Facts) -> str:
    """Return what serves by the host's record."""
    running = facts.running
    return f"release {running.release} serves on port {running.port}" if running else "nothing serves"


def _attempt(entry: HistoryEntry) -> str:
    return f"{entry.verb} of release {entry.release} by {entry.who} at {entry.at} {entry.outcome}"
