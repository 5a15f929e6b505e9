"""`stop`: end the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import CHANGING
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Stop the proxy."""
    from ccdeploy import app

    return Answer(app.stop(project, asked.host, dry_run=asked.dry_run, no_hooks=asked.no_hooks, wait_s=asked.wait_s))


VERBS = (
    Verb(
        "stop",
        "End the proxy; requests under way are finished first.",
        ("ccdeploy stop --host studio",),
        run,
        details="Nothing serves afterwards, until `restart` or `deploy`.",
        options=CHANGING,
        has_steps=True,
        writes=True,
    ),
)
