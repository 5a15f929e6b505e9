"""`status`: what serves on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import LOOKING
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Say what serves."""
    from ccdeploy import app

    return Answer(app.status(project, asked.host))


VERBS = (
    Verb(
        "status",
        "Say what serves on a host, since when, by whom, and any drift.",
        ("ccdeploy status --host studio",),
        run,
        details="Ends with 8 when what serves is not what was deployed.",
        options=LOOKING,
    ),
)
