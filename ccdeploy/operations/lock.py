"""The lock by hand: who holds it, hold it, give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Locked, Refused
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import LockState
from ccdeploy.shell import lock as script
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def lock_status(work: Work) -> LockState:
    """Return who holds the lock."""
    return _state(work, gather(work.transport, work.host))


def lock_acquire(work: Work, message: str) -> LockState:
    """Hold the lock by hand: it never expires. Raises Locked when somebody has it."""
    facts = _ready(work)
    work.lock(facts.root, message, manual=True).take()
    return _state(work, gather(work.transport, work.host))


def lock_release(work: Work, *, is_forced: bool) -> LockState:
    """Give a manual or a stale lock back; one that a deploy keeps alive only when forced. Raises Locked."""
    facts = _ready(work)
    held = facts.lock
    if held.is_held:
        by_hand = held.owner is not None and held.owner.manual
        if not (by_hand or held.is_stale or is_forced):
            raise Locked(
                f"{work.host.name} is locked {held.owner or 'by an owner that wrote no name'}, which is at work",
                hint="wait for it; `--force` takes the lock away while it works",
            )
        owner = work.lock(facts.root, "release").owner
        seen_id = held.owner.id if held.owner else None
        if work.transport.run(script.release_any(Hold(facts.root, owner.id), seen_id)).status == LOCK_LOST:
            raise Locked(
                f"{work.host.name}: another took the lock meanwhile; it was left to them",
                hint=f"see `ccdeploy lock status --host {work.host.name}`",
            )
    return _state(work, gather(work.transport, work.host))


def _ready(work: Work) -> Facts:
    facts = gather(work.transport, work.host)
    if not facts.root_exists:
        raise Refused(
            f"{work.host.name}: {facts.root} does not exist", hint=f"`ccdeploy setup --host {work.host.name}` makes it"
        )
    return facts


def _state(work: Work, facts: Facts) -> LockState:
    owner = dict(facts.lock.owner.__dict__) if facts.lock.owner else None
    return LockState(work.host.name, facts.lock.is_held, owner, facts.lock.age_s, facts.lock.is_stale)
