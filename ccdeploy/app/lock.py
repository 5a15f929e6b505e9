"""The lock of a host, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import LockState


def lock_status(project: Project, host: str | None) -> LockState:
    """Say who holds the lock."""
    from ccdeploy.operations.lock import lock_status as run

    with work_on(project, host_of(project, host)) as work:
        return run(work)


def lock_acquire(project: Project, host: str | None, message: str) -> LockState:
    """Hold the lock by hand."""
    from ccdeploy.operations.lock import lock_acquire as run

    with work_on(project, host_of(project, host)) as work:
        return run(work, message)


def lock_release(project: Project, host: str | None, *, force: bool = False) -> LockState:
    """Give the lock back."""
    from ccdeploy.operations.lock import lock_release as run

    with work_on(project, host_of(project, host)) as work:
        return run(work, is_forced=force)
