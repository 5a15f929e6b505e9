"""Logs: the end of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Log


def logs(project: Project, host: str | None, *, lines: int = 50, release: str | None = None) -> Log:
    """Return the end of a log."""
    from ccdeploy.operations.logs import logs as run

    with work_on(project, host_of(project, host)) as work:
        return run(work, lines, release)
