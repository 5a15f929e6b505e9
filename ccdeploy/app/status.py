"""Status: what serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Status


def status(project: Project, host: str | None) -> Status:
    """Say what serves."""
    from ccdeploy.operations.status import status as run

    with work_on(project, host_of(project, host)) as work:
        return run(work)
