"""A quiet moment: waiting, still serving, until nothing is in flight, before a gap without service begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ccdeploy.operations import verify
from ccdeploy.operations.in_flight import Source, in_flight
from ccdeploy.operations.standing import serving_process
from ccdeploy.units import counted

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts

EVERY_S = 0.25  # each look costs a channel through SSH, and without a counter a shell


def wait(change: Change) -> None:
    """Wait until nothing is in flight at what serves, at most for `quiet_s`; then it goes on, and that is told.

    Nothing is touched meanwhile. Where nothing serves, and with `blue-green`, there is nothing to wait for.
    """
    stop = change.previous.stop if change.previous else None
    if stop is None or not _has_gap(change.work, change.quiet_s):
        return
    with change.work.steps.step("quiet", "wait for a moment with nothing in flight") as told:
        count, source = _last_look(change, stop.port, told.moved)
        told.detail = f"nothing in flight, by {source}" if count == 0 else _told(count, source)
    if count is None:
        change.tell("no quiet moment was waited for: how many requests are in flight is not known")
    elif count:
        change.tell(f"no quiet moment in {change.quiet_s:g} s; {_told(count, source)}")


def planned(work: Work, facts: Facts, quiet_s: float) -> tuple[str, ...]:
    """Return what a rehearsal says of the wait."""
    if serving_process(work, facts) is None or not _has_gap(work, quiet_s):
        return ()
    return (f"wait for a moment with nothing in flight, still serving, for {quiet_s:g} s at most",)


def _last_look(change: Change, port: int, moved: Callable[[str], None]) -> tuple[int | None, Source]:
    """Look until nothing is in flight, nobody can tell, or the time is over; tell whenever it is another number."""
    work, clock = change.work, change.work.clock
    key = verify.serving(change.facts).key
    deadline = clock.monotonic() + change.quiet_s
    seen: int | None = None
    while True:
        count, source = in_flight(work, change.facts, port, key)
        if not count or clock.monotonic() >= deadline:
            return count, source
        if count != seen:
            moved(_told(count, source))
        seen = count
        clock.sleep(min(EVERY_S, max(0.0, deadline - clock.monotonic())))


def _told(count: int | None, source: Source) -> str:
    if count is None:
        return "not known"
    if source == "its own counter":
        return f"{counted(count, 'request')} {'was' if count == 1 else 'were'} in flight"
    return f"{counted(count, 'connection')} {'was' if count == 1 else 'were'} open"


def _has_gap(work: Work, quiet_s: float) -> bool:
    # With blue-green no moment is better than another: the old proxy serves until the new one does.
    return quiet_s > 0 and work.host.strategy == "restart"
