"""Restart: the current release, started again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.hooks import Hooks
from ccdeploy.app.way import attempted
from ccdeploy.app.where import where

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt


def restart(  # noqa: PLR0913  # one parameter an option of the verb
    project: Project,
    host: str | None,
    *,
    dry_run: bool = False,
    no_hooks: bool = False,
    wait_s: float = 0,
    strategy: str | None = None,
    quiet_s: float = 0,
) -> Attempt:
    """Start the current release again."""
    from ccdeploy.operations.restart import restart as run

    at = where(project, host, strategy)
    hooks = Hooks(project, at.name, "restart", are_off=no_hooks)
    return attempted(
        hooks, at, lambda work: run(work, is_rehearsal=dry_run, wait_s=wait_s, quiet_s=quiet_s), is_rehearsal=dry_run
    )
