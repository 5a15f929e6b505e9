"""Deploy: bring a config into service on a host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccdeploy.app.hooks import Hooks
from ccdeploy.app.way import work_on
from ccdeploy.errors import Refused
from ccdeploy.project import bundle, config_name, demand_config
from ccdeploy.project import host as host_of

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
) -> Attempt:
    """Bring a config into service on a host."""
    from ccdeploy.findings import allow as allowed
    from ccdeploy.findings import errors_in
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_for_deploy
    from ccdeploy.litellm.lint_rules import demand_allowable
    from ccdeploy.operations.deploy import Wish
    from ccdeploy.operations.deploy import deploy as run

    demand_allowable(allow)
    if config is not None:
        demand_config(project, config)  # before the embedded host is brought up, which takes a while
    where = host_of(project, host)
    name = config_name(project, config, where)
    files, shown_as, main = bundle(project, name)
    parsed = read_config(files.files, main, shown_as)
    findings = allowed(lint_for_deploy(parsed), allow)
    if errors_in(findings):
        raise Refused(f"{shown_as}: refused, nothing was touched", findings=findings)
    if strategy is not None:
        where = where.model_copy(update={"strategy": strategy})
    hooks = Hooks(project, where.name, "deploy", name, no_hooks)
    wish = Wish(files, parsed, tuple(findings), tuple(allow), dry_run, force, wait_s, hooks.before)

    def attempt() -> Attempt:
        with work_on(project, where, is_rehearsal=dry_run) as work:
            return run(work, wish)

    return hooks.around(attempt)
