"""What every verb works with: one host, the way to it, who asks, and who watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.events import Event, Noted, Steps, Warned
from ccdeploy.release.history import to_line
from ccdeploy.remote.lock import Keeping, Lock, new_owner
from ccdeploy.results import ConfigChange, HistoryEntry

if TYPE_CHECKING:
    from ccdeploy.clock import Clock
    from ccdeploy.errors import Locked
    from ccdeploy.release.manifest import Performer
    from ccdeploy.settings import Host
    from ccdeploy.transport.seam import Transport

_DETAIL = 500  # characters: the line of an attempt that was refused is written in one go

# Done when a change is about to begin, with the current release and what would differ in meaning from what serves;
# whether time went by, and the host may have changed.
Begin = Callable[[str | None, Sequence[ConfigChange]], bool]


def at_once(current: str | None, changes: Sequence[ConfigChange]) -> bool:
    """Begin at once: nothing is to be done before."""
    return False


@dataclass(frozen=True)
class Attempted:
    """What was attempted, for a line of history that has no more to tell."""

    verb: str
    config: str | None = None
    phase: int | None = None


@dataclass(frozen=True)
class Work:
    """One verb at one host. `steps` shows and times its steps; `keeping` keeps the lock past the verb that takes it."""

    transport: Transport
    host: Host
    steps: Steps
    clock: Clock
    by: Performer
    keeping: Keeping | None = None

    def emit(self, event: Event) -> None:
        """Show an event."""
        self.steps.observer(event)

    def say(self, text: str) -> None:
        """Show something worth knowing."""
        self.emit(Noted(text))

    def warn(self, text: str) -> None:
        """Show something that is not as it should be and stops nothing."""
        self.emit(Warned(text))

    def lock(self, root: str, doing: str, *, attempt: Attempted | None = None, manual: bool = False) -> Lock:
        """Return the host's lock as one who wants it for `doing`; an `attempt` that does not get it is written down."""
        owner = new_owner(self.by, doing, self.clock, manual=manual)
        refused = partial(self._refused, attempt, self.clock.monotonic()) if attempt else None
        return Lock(self.transport, root, owner, self.steps.observer, self.clock, self.keeping, refused)

    def _refused(self, attempt: Attempted, began: float, refusal: Locked) -> str:
        """Return the line of history of an attempt that did not get the lock."""
        by, seconds = self.by, round(self.clock.monotonic() - began, 3)
        entry = HistoryEntry(
            at=iso(self.clock.now()),
            verb=attempt.verb,
            outcome="locked",
            release=None,
            previous=None,
            config=attempt.config,
            who=by.who,
            seconds=seconds,
            downtime_ms=None,
            detail=refusal.message[:_DETAIL],
            commit=by.commit,
            from_where=by.from_where,
            run_url=by.run_url,
            phase=attempt.phase,
        )
        return to_line(entry)
