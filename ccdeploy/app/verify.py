"""Verify: prove what serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Verification


def verify(
    project: Project, host: str | None, *, deep: bool = False, timeout_s: float | None = None
) -> tuple[str, Verification]:
    """Verify what serves on a host, and the way to it; `deep` asks every name for an answer, which loads models."""
    from ccdeploy.operations.verify import verify as run

    where = host_of(project, host)
    with work_on(project, where) as work:
        if not deep:
            return where.name, run(work)
        from ccdeploy.operations.deep import verify_deep

        return where.name, verify_deep(work, timeout_s)
