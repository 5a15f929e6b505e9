"""`logs`: the end of the proxy's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

LINES = Option("lines", "Show this many lines, 50 if not given.", Kind.NUMBER, metavar="COUNT", short="n")
RELEASE = Option("release", "The log of this release's shadow, instead of what serves.", metavar="RELEASE")


def run(project: Project, asked: Asked) -> Answer:
    """Print the last lines of a log."""
    from ccdeploy import app

    return Answer(app.logs(project, asked.host, lines=asked.lines, release=asked.release))


VERBS = (
    Verb(
        "logs",
        "Print the end of the proxy's log.",
        ("ccdeploy logs -n 100 --host studio",),
        run,
        options=(HOST, LINES, RELEASE, JSON),
    ),
)
