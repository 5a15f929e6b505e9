"""`deploy`: bring a config to a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, WAIT
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

STRATEGY = Option(
    "strategy",
    "How traffic gets to the new proxy; without it, the host's own. Only restart is built so far.",
    metavar="NAME",
    choices=("restart", "blue-green"),
)
ALLOW = Option(
    "allow",
    "Deploy in spite of findings with this code; may be given again. Not every code can be allowed.",
    Kind.LIST,
    metavar="CODE",
)
FORCE = Option("force", "Deploy although the host serves just this already.", Kind.FLAG)


def run(project: Project, asked: Asked) -> Answer:
    """Deploy the named config, or the host's own."""
    from ccdeploy import app

    attempt = app.deploy(
        project,
        asked.host,
        asked.config,
        dry_run=asked.dry_run,
        strategy=asked.strategy,
        allow=asked.allow,
        force=asked.force,
        no_hooks=asked.no_hooks,
        wait_s=asked.wait_s,
        quiet_s=asked.quiet_s,
    )
    return Answer(attempt)


VERBS = (
    Verb(
        "deploy",
        "Bring a config to a host and prove that it serves, or go back.",
        ("ccdeploy deploy tdd-pipeline --host studio", "ccdeploy deploy --host studio --dry-run"),
        run,
        details="Without a config, the one that configs/hosts.yaml names for the host. The new proxy boots beside "
        "the old one and is verified before it serves; whatever fails, a verified release serves in the end.",
        options=(HOST, DRY_RUN, STRATEGY, ALLOW, FORCE, WAIT, QUIET, NO_HOOKS, JSON),
        configs="one",
        has_steps=True,
        writes=True,
    ),
)
