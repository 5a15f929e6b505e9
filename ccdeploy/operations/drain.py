"""Draining: the old proxy, which gets no new requests any more, ends those that it has, and then itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, ConnectionLost
from ccdeploy.operations import ending, point
from ccdeploy.operations.in_flight import in_flight
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import start_times
from ccdeploy.units import counted

if TYPE_CHECKING:
    from ccdeploy.events import StepNotes
    from ccdeploy.operations.change import Change
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.secret import Secret
    from ccdeploy.shell.process import Stop

POLL_S = 0.25
IDLE_LOOKS = 2  # in a row: a request that Traefik had sent off already arrives between two
PATIENCE_S = 10.0  # from SIGTERM to SIGKILL for one that has nothing to end


@dataclass(frozen=True)
class Old:
    """A proxy that is to end: how long its requests may take, and the key that its counter asks for.

    Where no way leads to it any more, it is told to end once it is idle; else at once.
    """

    stop: Stop
    key: Secret | None
    waits_until_idle: bool = True


def after_switch(change: Change, outcome: str) -> None:
    """Let the old proxies end their requests, end them, write the attempt down and give the lock back.

    One that has not ended then stays recorded: the next attempt sees to it.
    """
    if change.was_interrupted:  # nobody waits for it
        _let_go(change)
    ended = [lines.forget_ended("draining", old.pid, start_times(old.started)) for old in change.draining]
    ending.drained(change, outcome, lambda: _drain(change), "".join(ended))


def _let_go(change: Change) -> None:
    """Tell the old proxies to end by themselves after their last request."""
    for old in change.draining:
        try:
            undisturbed(partial(process.tell_to_end, change.lock, old))
        except CcdeployError as exc:
            change.tell(f"the old proxy (pid {old.pid}) could not be told to end: {exc.message}")


def _drain(change: Change) -> None:
    try:
        _over_a_new_connection(lambda: _wait(change))
    except KeyboardInterrupt:
        _let_go(change)
        raise


def _over_a_new_connection(wait: Callable[[], None]) -> None:
    """Wait; when the connection is lost meanwhile, over a new one: else the old proxy would run on for nothing.

    An answer that was cut off does not tell yet that its connection is gone: the next question may be lost too.
    """
    for _ in range(2):
        try:
            return wait()
        except ConnectionLost:
            continue
    return wait()


def _wait(change: Change) -> None:
    work = change.work
    key = change.previous.candidate.key if change.previous else None
    for old in change.draining:
        with work.steps.step("drain", "let the old proxy end its requests") as told:
            if change.dynamic and not point.is_shown_within(work, change.dynamic):
                change.tell(f"Traefik does not show yet that port {change.port} serves alone; its file says so")
            note = end(work, change.facts, change.lock, Old(old, key), told)
        if note:
            change.tell(note)


def end(work: Work, facts: Facts, lock: HeldLock, old: Old, told: StepNotes) -> str | None:
    """End a proxy once nothing is in flight, or its patience is over; return what is to be told of that, if anything.

    What it has in flight then ends for as long as the patience lasts.
    """
    stop = old.stop
    is_idle, patience_s = _waited(work, facts, old, told) if old.waits_until_idle else (False, stop.patience_s)
    was_killed = process.end_slot(lock, stop, patience_s)
    told.detail = f"pid {stop.pid} {'had to be killed' if was_killed else 'has ended'}"
    if not was_killed:
        return None
    if is_idle:
        return f"the proxy on port {stop.port} was deaf to SIGTERM and had to be killed; nothing was in flight"
    return f"streams were cut: the proxy on port {stop.port} had not ended them within drain_timeout"


def _waited(work: Work, facts: Facts, old: Old, told: StepNotes) -> tuple[bool, float]:
    """Wait until nothing is in flight; return whether that was seen, and how long it may take to end after SIGTERM."""
    deadline = work.clock.monotonic() + old.stop.patience_s
    looks = 0
    while (left_s := deadline - work.clock.monotonic()) > 0:
        count, _ = in_flight(work, facts, old.stop.port, old.key)
        if count is None:  # it ends what it has by itself, unseen
            return False, max(left_s, PATIENCE_S)
        looks = looks + 1 if count == 0 else 0
        if looks == IDLE_LOOKS:
            return True, PATIENCE_S
        if count:
            told.moved(f"{counted(count, 'request')} in flight")
        work.clock.sleep(POLL_S)
    return False, PATIENCE_S
