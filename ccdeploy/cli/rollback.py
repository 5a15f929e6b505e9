"""`rollback`: serve an earlier release again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, STRATEGY, WAIT
from ccdeploy.cli.verb import Answer, Asked, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

TO = Option("to", "The release to go back to, as `history` shows it.", metavar="RELEASE")


def run(project: Project, asked: Asked) -> Answer:
    """Go back to the last good release, or to the named one."""
    from ccdeploy import app

    return Answer(
        app.rollback(
            project,
            asked.host,
            to=asked.to,
            dry_run=asked.dry_run,
            no_hooks=asked.no_hooks,
            wait_s=asked.wait_s,
            strategy=asked.strategy,
            quiet_s=asked.quiet_s,
        )
    )


VERBS = (
    Verb(
        "rollback",
        "Serve the last good release again, or the one that you name.",
        ("ccdeploy rollback --host studio", "ccdeploy rollback --host studio --to 20260131-120000-7f3a"),
        run,
        details="It is verified like a deploy. The release that you leave stays on the host.",
        options=(HOST, TO, DRY_RUN, STRATEGY, WAIT, QUIET, NO_HOOKS, JSON),
        has_steps=True,
        writes=True,
    ),
)
