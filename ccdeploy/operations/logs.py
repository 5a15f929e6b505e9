"""Logs: the end of the proxy's log, or of what a release wrote as a shadow or when it failed in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.remote import process
from ccdeploy.remote.facts import gather
from ccdeploy.results import Log
from ccdeploy.secret import confidential, mask
from ccdeploy.shell import log as script

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def logs(work: Work, lines: int, release: str | None) -> Log:
    """Return the last lines of a log, secrets masked. Raises Refused when there is no such log."""
    facts = gather(work.transport, work.host)
    names = (process.failed_log(release), process.shadow_log(release)) if release else (process.SERVING_LOG,)
    result = work.transport.run(script.tail([f"{facts.root}/{name}" for name in names], lines))
    if result.status == script.NO_LOG:
        known = ", ".join(r.release for r in facts.releases) or "none"
        what = f"no log of a release '{release}'" if release else f"no {process.SERVING_LOG}"
        raise Refused(f"{work.host.name}: there is {what}", hint=f"releases of this host: {known}")
    path, *told = result.text.splitlines()
    secrets = confidential(facts.env.values)
    return Log(work.host.name, path, tuple(mask(line, secrets) for line in told))
