"""Diff: what a deploy would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import bundle, config_name
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Diff


def diff(project: Project, host: str | None, config: str | None) -> Diff:
    """Say what a deploy would change."""
    from ccdeploy.operations.diff import diff as run

    where = host_of(project, host)
    files, _, _ = bundle(project, config_name(project, config, where))
    with work_on(project, where) as work:
        return run(work, files)
