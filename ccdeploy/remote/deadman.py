"""The dead man's switches of a host: put there, told to go back, waited for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ccdeploy.shell import deadman as script
from ccdeploy.shell.deadman import Watch

if TYPE_CHECKING:
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.shell.deadman import Watcher
    from ccdeploy.transport.seam import Transport

MODE = 0o600  # it holds the environment of the way back


@dataclass(frozen=True)
class Deadman:
    """A watcher that was found: its id, how far it is, and whether it lives.

    idle: its script is there, and it does not run, or has been ended; armed: it waits for a
    confirmation; fired: it goes back.
    """

    id: str
    state: Literal["idle", "armed", "fired"]
    is_alive: bool


def put(lock: HeldLock, watcher: Watcher) -> Watch:
    """Put the script of a watcher on the host; `shell.deadman.arm_lines` start it."""
    watch = Watch(lock.hold, uuid.uuid4().hex)
    lock.transport.put(script.text(watch, watcher), watch.path, MODE)
    return watch


def from_answer(text: str) -> tuple[Deadman, ...]:
    """Return the watchers that the host told of; a line of another shape is passed over."""
    found = []
    for line in text.splitlines():
        match line.split():
            case [name, ("idle" | "armed" | "fired") as state, life]:
                found.append(Deadman(name, state, life == "alive"))
    return tuple(found)


def extend(lock: HeldLock, watch: Watch, wait_s: float) -> None:
    """Let our watcher wait for so long from now on. Raises LockLost when it has fired."""
    lock.run(script.extend(watch, wait_s))


def has_ended(transport: Transport, root: str, which: str) -> bool:
    """Wait for a watcher to end, for some seconds; return whether it has."""
    return "alive" not in transport.run(script.wait(root, which)).text


def told_to_end(lock: HeldLock, which: str) -> bool:
    """Tell another's watcher to go back now, and wait for it for some seconds; return whether it has, or was dead."""
    return "alive" not in lock.run(script.end(lock.hold, which)).text
