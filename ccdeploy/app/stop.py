"""Stop: end what serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt


def stop(project: Project, host: str | None, *, dry_run: bool = False, wait_s: float = 0) -> Attempt:
    """Stop what serves."""
    from ccdeploy.operations.stop import stop as run

    with work_on(project, host_of(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run, wait_s=wait_s)
