"""History: what was tried on a host, and which releases it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.remote.facts import gather
from ccdeploy.results import History, ReleaseEntry

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def history(work: Work, limit: int) -> History:
    """Return the last attempts and all releases, newest first."""
    facts = gather(work.transport, work.host)
    releases = sorted(facts.releases, key=lambda r: r.release, reverse=True)
    return History(
        host=work.host.name,
        entries=tuple(reversed(facts.history))[:limit],
        releases=tuple(
            ReleaseEntry(r.release, r.state, r.config, r.created_at, r.who, r.release == facts.current, r.phase)
            for r in releases
        ),
    )
