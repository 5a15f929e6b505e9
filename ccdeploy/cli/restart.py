"""`restart`: start the proxy anew with the release that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, STRATEGY, WAIT
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Restart the proxy."""
    from ccdeploy import app

    attempt = app.restart(
        project,
        asked.host,
        dry_run=asked.dry_run,
        no_hooks=asked.no_hooks,
        wait_s=asked.wait_s,
        strategy=asked.strategy,
        quiet_s=asked.quiet_s,
    )
    return Answer(attempt)


VERBS = (
    Verb(
        "restart",
        "Start the proxy anew with the release that it has, and verify it.",
        ("ccdeploy restart --host studio",),
        run,
        details="For what no deploy changes: a new .env, a new version of LiteLLM, a proxy that died.",
        options=(HOST, DRY_RUN, STRATEGY, WAIT, QUIET, NO_HOOKS, JSON),
        has_steps=True,
        writes=True,
    ),
)
