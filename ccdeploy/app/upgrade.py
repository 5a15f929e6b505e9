"""Upgrade: the same config with another LiteLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt


def upgrade(
    project: Project, host: str | None, version: str | None = None, *, dry_run: bool = False, wait_s: float = 0
) -> Attempt:
    """Bring the current config into service with this version of LiteLLM, or with the pinned one."""
    from ccdeploy.operations.upgrade import upgrade as run

    with work_on(project, host_of(project, host), is_rehearsal=dry_run) as work:
        return run(work, version, is_rehearsal=dry_run, wait_s=wait_s)
