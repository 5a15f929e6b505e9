"""`diff`: what a deploy would change in the host's config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import LOOKING
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Compare a local config with the one that serves."""
    from ccdeploy import app

    return Answer(app.diff(project, asked.host, asked.config))


VERBS = (
    Verb(
        "diff",
        "Show what a deploy would change in the host's config.",
        ("ccdeploy diff tdd-pipeline --host studio",),
        run,
        details="Prints a unified diff with secrets masked, and nothing where the two are the same.",
        options=LOOKING,
        configs="one",
    ),
)
