"""`setup`: make a host ready for its first deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Make what is missing on a host."""
    from ccdeploy import app

    return Answer(app.setup(project, asked.host, dry_run=asked.dry_run))


VERBS = (
    Verb(
        "setup",
        "Make a host ready for its first deploy.",
        ("ccdeploy setup --host studio",),
        run,
        details="Makes the folders, and a master key in .env where there is none. Safe to repeat: what is there stays.",
        options=(HOST, DRY_RUN, JSON),
        has_steps=True,
        writes=True,
    ),
)
