"""Deploy: bring a config into service on a host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccdeploy.app.way import attempted
from ccdeploy.app.wish import How, wished

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt


def deploy(  # noqa: PLR0913  # one parameter an option of the verb
    project: Project,
    host: str | None,
    config: str | None,
    *,
    dry_run: bool = False,
    strategy: str | None = None,
    allow: Sequence[str] = (),
    force: bool = False,
    no_hooks: bool = False,
    wait_s: float = 0,
    quiet_s: float = 0,
    phase: int | None = None,
) -> Attempt:
    """Bring a config into service on a host, whole or narrowed to a phase."""
    from ccdeploy.operations.deploy import deploy as run

    how = How("deploy", dry_run, strategy, allow, force, no_hooks, wait_s, quiet_s, phase)
    where, wish, hooks = wished(project, host, config, how)
    return attempted(hooks, where, lambda work: run(work, wish), is_rehearsal=dry_run)
