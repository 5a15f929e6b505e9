"""Logs: the end of a log, and what is written to it from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from ccdeploy.project import Project
    from ccdeploy.results import Log, LogLine


def logs(  # noqa: PLR0913 - what picks the lines
    project: Project,
    host: str | None,
    *,
    lines: int | None = None,
    since: datetime | timedelta | None = None,
    level: str | None = None,
    release: str | None = None,
    show: Callable[[LogLine], bool] | None = None,
) -> Log:
    """Return the end of a log. With `show`, show it instead, then each new line, until `show` returns False."""
    from ccdeploy.operations.backlog import Wanted
    from ccdeploy.operations.follow import follow
    from ccdeploy.operations.logs import logs as run

    wanted = Wanted(lines, since, level, release)
    with work_on(project, host_of(project, host)) as work:
        return follow(work, wanted, show) if show else run(work, wanted)
