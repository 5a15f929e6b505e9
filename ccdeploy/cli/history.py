"""`history`: what happened on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

LIMIT = Option("limit", "Show this many attempts, 20 if not given.", Kind.NUMBER, metavar="COUNT")


def run(project: Project, asked: Asked) -> Answer:
    """List attempts and releases."""
    from ccdeploy import app

    return Answer(app.history(project, asked.host, limit=asked.limit))


VERBS = (
    Verb(
        "history",
        "List what was deployed to a host, and the releases kept there.",
        ("ccdeploy history --host studio --limit 5",),
        run,
        options=(HOST, LIMIT, JSON),
    ),
)
