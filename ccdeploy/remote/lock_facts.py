"""The lock of a host as it stands: who holds it, and for how long it has been silent."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.release import lock
from ccdeploy.release.lock import STALE_AFTER_S, Owner


@dataclass(frozen=True)
class LockFacts:
    """The lock as it stood: its owner where that could be read, and the age of its heartbeat."""

    is_held: bool
    owner: Owner | None
    age_s: float | None

    @property
    def is_stale(self) -> bool:
        """Whether a deploy would take it over: automatic, and silent for too long, or heard of in the future."""
        by_hand = self.owner is not None and self.owner.manual
        return self.is_held and not by_hand and self.age_s is not None and abs(self.age_s) > STALE_AFTER_S


def from_answer(state: str, owner_text: str, made: str, now: int) -> LockFacts:
    """Return what the host answered: `held`, owner.json, when the lock was made, and the time, both in s since 1970."""
    beat = lock.heartbeat(owner_text)
    if beat is None and made.isdigit():
        beat = int(made)
    return LockFacts(state == "held", lock.parse(owner_text), now - beat if beat is not None else None)
