"""Rollback: an earlier release serves again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt


def rollback(
    project: Project, host: str | None, *, to: str | None = None, dry_run: bool = False, wait_s: float = 0
) -> Attempt:
    """Bring an earlier release into service again."""
    from ccdeploy.operations.rollback import rollback as run

    with work_on(project, host_of(project, host), is_rehearsal=dry_run) as work:
        return run(work, to, is_rehearsal=dry_run, wait_s=wait_s)
