"""Doctor: judge a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Doctor


def doctor(project: Project, host: str | None) -> Doctor:
    """Judge a host."""
    from ccdeploy.operations.doctor import doctor as run

    with work_on(project, host_of(project, host)) as work:
        return run(work)
