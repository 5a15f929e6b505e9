"""Pointing Traefik at a slot: its file is written anew, and it is waited for until Traefik shows that it took it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.operations import public, traefik_api, wiring
from ccdeploy.remote import dynamic as remote
from ccdeploy.shell import dynamic as lines
from ccdeploy.traefik import services
from ccdeploy.traefik.dynamic import Written
from ccdeploy.verify import slot
from ccdeploy.verify.slot import Told

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.settings import Host

# Traefik may yet take a switch that was given up: it waits for 2 s between two files where nothing else is set.
BACK_WITHIN_S = 5.0
POLL_S = 0.1  # Traefik looks at what changed within milliseconds, and waits for its throttle


@dataclass(frozen=True)
class Pointing:
    """Where the file is to lead: to a port, and while two serve, to the other one for what that does not take."""

    to: int
    fallback: int | None = None

    def is_of(self, found: Dynamic) -> bool:
        """Whether a file leads there already."""
        written = found.written
        return written is not None and (written.to, written.fallback) == (self.to, self.fallback)


def write(work: Work, lock: HeldLock, found: Dynamic, pointing: Pointing, first: str = "") -> Dynamic:
    """Write the file, unless another hand did since it was `found`; return it as it is then.

    `first` are lines that run before in that script. Raises CommandFailed or Refused with nothing written.
    """
    resends = pointing.fallback is not None and traefik_api.can_resend(work)
    return remote.write(lock, found, wiring.text(work.host, _next(found, pointing), resends=resends), first)


def demand_unchanged(found: Dynamic) -> str:
    """Return the line that ends a script, before it records anything, if another hand has changed the file."""
    return lines.unchanged_line(found.path, found.digest)


def lines_at(host: Host, found: Dynamic, pointing: Pointing) -> tuple[str, Dynamic]:
    """Return the lines that write the file, for a script that does more, and the file as it is then.

    None are needed where it leads there already.
    """
    if pointing.is_of(found):
        return "", found
    new = wiring.text(host, _next(found, pointing))
    return lines.write_lines(found.path, new, found.digest), found.rewritten(new)


def _next(found: Dynamic, pointing: Pointing) -> Written:
    number = found.written.number + 1 if found.written else 1
    return Written(pointing.to, pointing.fallback, is_whole=True, number=number)


def timeout_s(work: Work) -> float:
    """Return how long Traefik may take to show a file that it was given, in seconds."""
    return work.host.traefik.switch_timeout_s if work.host.traefik else 0.0


def is_shown_within(work: Work, file: Dynamic, least_s: float = 0.0) -> bool:
    """Wait until Traefik has taken the file; return whether it did in time, which is `least_s` at the least."""
    deadline = work.clock.monotonic() + max(timeout_s(work), least_s)
    while not is_shown(work, file):
        if work.clock.monotonic() >= deadline:
            return False
        work.clock.sleep(POLL_S)
    return True


def is_shown(work: Work, file: Dynamic) -> bool:
    """Whether Traefik goes by this very file now, and the users' requests with it.

    Each file has a number of its own: that it leads there as it did before a switch is not enough. It is
    told by Traefik's API and by an answer through Traefik, of which one may be silent: there is no API,
    or a login answers first. An answer of the proxy's without our header came by another router.
    """
    host, written = work.host, file.written
    if written is None:
        return False
    told = _told(work)
    is_answered = (told.port, told.number) == (written.to, written.number)
    if told.is_proxy and not is_answered:
        return False
    seen = traefik_api.seen(work)
    if seen is None:
        return is_answered
    service = wiring.traefik_of(host).service
    if traefik_api.switch_number(work, service) != written.number:
        return False
    fallback = wiring.slot(host, written.fallback) if written.fallback is not None else None
    return services.shows(seen, service, wiring.slot(host, written.to), fallback)


def lead_to(work: Work, lock: HeldLock, found: Dynamic | None, port: int, key: str = "point") -> Dynamic | None:
    """Let a file that is ours lead to this port alone, if it does not; return it as it is then.

    Anything else is left as it is. `key` is that of the step. Raises CommandFailed or Refused.
    """
    steady = Pointing(port)
    if found is None or not found.is_ours or steady.is_of(found):
        return found
    with work.steps.step(key, f"point Traefik at port {port}, which serves") as told:
        written = write(work, lock, found, steady)
        if not is_shown_within(work, written):
            told.detail = "it does not show that yet"
    return written


def _told(work: Work) -> Told:
    """Return what an answer through Traefik tells of its file."""
    try:
        client = public.client(work)
    except Refused:
        return Told()
    if client is None:
        return Told()
    with client:
        return slot.told(client)
