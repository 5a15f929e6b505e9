"""A config of the project that is to be deployed: read, judged, and with its hooks around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.app.basis import basis
from ccdeploy.app.hooks import Hooks
from ccdeploy.app.narrowing import of_phase
from ccdeploy.app.where import where
from ccdeploy.errors import Refused
from ccdeploy.project import bundle, config_name, demand_config

if TYPE_CHECKING:
    from ccdeploy.operations.deploy import Wish
    from ccdeploy.project import Project
    from ccdeploy.settings import Host


@dataclass(frozen=True)
class How:
    """How a config is to be deployed, as the options of `deploy` and `run` say it, and by which of the two."""

    verb: str
    dry_run: bool = False
    strategy: str | None = None
    allow: Sequence[str] = ()
    force: bool = False
    no_hooks: bool = False
    wait_s: float = 0.0
    quiet_s: float = 0.0
    phase: int | None = None


def wished(project: Project, host: str | None, config: str | None, how: How) -> tuple[Host, Wish, Hooks]:
    """Return the host, what is wished for it, and the hooks. Raises Refused for a config that would not do."""
    from ccdeploy.findings import allow as allowed
    from ccdeploy.findings import errors_in, ordered
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_for_deploy
    from ccdeploy.litellm.lint_rules import demand_allowable
    from ccdeploy.operations.deploy import Wish
    from ccdeploy.operations.forecast import forecast

    demand_allowable(how.allow)
    if config is not None:
        demand_config(project, config)  # before the embedded host is brought up, which takes a while
    at = where(project, host, how.strategy)
    name = config_name(project, config, at)
    files, shown_as, main = bundle(project, name)
    files, parsed = of_phase(how.phase, files, read_config(files.files, main, shown_as))
    findings = allowed(lint_for_deploy(parsed), how.allow)
    known = basis(project, at)
    if errors_in(findings):
        foreseen = [] if errors_in(parsed.findings) else allowed(forecast(parsed, known), how.allow)
        raise Refused(f"{shown_as}: refused, nothing was touched", findings=ordered([*findings, *foreseen]))
    hooks = Hooks(project, at.name, how.verb, name, how.no_hooks, how.phase)
    allow = tuple(how.allow)
    wish = Wish(
        files,
        parsed,
        tuple(findings),
        allow,
        how.dry_run,
        how.force,
        how.wait_s,
        how.quiet_s,
        hooks.before,
        is_passing=how.verb == "run",
        basis=known,
    )
    return at, wish, hooks
