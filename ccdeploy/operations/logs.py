"""Logs: the end of the proxy's log, or of what a release wrote as a shadow or when it failed in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.operations.backlog import MOST_BYTES, Backlog, Wanted, read_back
from ccdeploy.remote.facts import gather
from ccdeploy.results import Log
from ccdeploy.units import human_bytes

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def logs(work: Work, wanted: Wanted) -> Log:
    """Return the wanted lines of a log, secrets masked. Raises Refused when there is no such log."""
    facts = gather(work.transport, work.host)
    found = read_back(work, facts, wanted)
    if not found.is_enough:
        work.warn(f"{work.host.name}: only the last {human_bytes(MOST_BYTES)} of {found.recent.log} were looked at")
    path = f"{facts.root}/{found.recent.log}"
    return Log(work.host.name, path, tuple(line.text for line in found.lines), picked_by(found, wanted))


def picked_by(found: Backlog, wanted: Wanted) -> str | None:
    """Return what the lines were picked by, in words."""
    since = wanted.since_at(found.recent.now)
    words = [f"since {iso(since)}" if since else "", f"{wanted.level} or graver" if wanted.level else ""]
    return ", ".join(word for word in words if word) or None
