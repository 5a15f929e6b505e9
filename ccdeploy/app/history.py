"""History: what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import History


def history(project: Project, host: str | None, *, limit: int = 20) -> History:
    """Say what was tried, and which releases there are."""
    from ccdeploy.operations.history import history as run

    with work_on(project, host_of(project, host)) as work:
        return run(work, limit)
