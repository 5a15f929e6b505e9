"""What every verb works with: one host, the way to it, who asks, and who watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.events import Event, Noted, Steps, Warned
from ccdeploy.remote.lock import Keeping, Lock, new_owner
from ccdeploy.results import ConfigChange

if TYPE_CHECKING:
    from ccdeploy.clock import Clock
    from ccdeploy.release.manifest import Performer
    from ccdeploy.settings import Host
    from ccdeploy.transport.seam import Transport


# Done when a change is about to begin, with the current release and what would differ in meaning from what serves;
# whether time went by, and the host may have changed.
Begin = Callable[[str | None, Sequence[ConfigChange]], bool]


def at_once(current: str | None, changes: Sequence[ConfigChange]) -> bool:
    """Begin at once: nothing is to be done before."""
    return False


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

    def lock(self, root: str, doing: str, *, manual: bool = False) -> Lock:
        """Return the host's lock as one who wants it for `doing`."""
        owner = new_owner(self.by, doing, self.clock, manual=manual)
        return Lock(self.transport, root, owner, self.steps.observer, self.clock, self.keeping)
