"""Run: a config serves for as long as a command takes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccdeploy.app.hooks import Hooks
from ccdeploy.app.way import work_on
from ccdeploy.app.wish import How, wished

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import CommandRun, Run


def run(  # noqa: PLR0913  # one parameter an option of the verb
    project: Project,
    host: str | None,
    config: str | None,
    command: Sequence[str],
    *,
    dry_run: bool = False,
    strategy: str | None = None,
    allow: Sequence[str] = (),
    with_key: bool = False,
    no_hooks: bool = False,
    wait_s: float = 0,
    quiet_s: float = 0,
    stdout: int | None = None,
) -> Run:
    """Deploy a config, run a command here, and go back; `stdout` is where its output goes instead of ours."""
    from ccdeploy.operations.errand import Errand
    from ccdeploy.operations.run import run as run_for
    from ccdeploy.project.command_process import demand_command, run_command

    demand_command(command[0])
    how = How("run", dry_run, strategy, allow, no_hooks=no_hooks, wait_s=wait_s, quiet_s=quiet_s)
    where, wish, hooks = wished(project, host, config, how)

    def execute(variables: Mapping[str, str]) -> CommandRun:
        return run_command(command, {**os.environ, **variables}, stdout)

    back = Hooks(project, where.name, "run", hooks.config, no_hooks)
    errand = Errand(command[0], execute, hooks.around, back.around, with_key)
    with work_on(project, where, is_rehearsal=dry_run) as work:
        return run_for(work, wish, errand)
