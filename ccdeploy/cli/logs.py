"""`logs`: the end of the proxy's log, and what is written to it from now on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.streams import put_on, tell
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import Interrupted
from ccdeploy.results.log import LEVELS, Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from ccdeploy.app import Project
    from ccdeploy.results import LogLine

FOLLOW = Option(
    "follow",
    "Go on with each new line until Ctrl-C (130), over lost connections; with --json one object a line.",
    Kind.FLAG,
    short="f",
)
LINES = Option(
    "lines",
    "Show this many lines; if not given, 50, or all with --since.",
    Kind.NUMBER,
    metavar="COUNT",
    short="n",
)
SINCE = Option(
    "since",
    "Show lines from then on: 10m ago, or 2026-11-24T10:00 by your clock (with Z, UTC).",
    Kind.MOMENT,
    metavar="TIME",
)
LEVEL = Option("level", "Show only lines of this level or a graver one.", metavar="LEVEL", choices=LEVELS)
RELEASE = Option("release", "The log of this release's shadow, instead of what serves.", metavar="RELEASE")


def run(project: Project, asked: Asked) -> Answer:
    """Print the last lines of a log, and follow it if asked to."""
    from ccdeploy import app

    try:
        found = app.logs(
            project,
            asked.host,
            lines=asked.lines,
            since=asked.since,
            level=asked.level,
            release=asked.release,
            show=_printer(asked.json) if asked.follow else None,
        )
    except KeyboardInterrupt:
        if not asked.follow:
            raise
        # The one way to end it is no error: nothing is said, and the prompt does not stand behind the terminal's ^C.
        if sys.stderr.isatty():
            tell([""])
        return Answer(Log(asked.host or "", "", (), exit_code=Interrupted.exit_code), was_shown=True)
    return Answer(found, was_shown=asked.follow)


def _printer(as_json: bool) -> Callable[[LogLine], bool]:
    """Return what prints a line at once, and says whether anybody reads on."""
    if as_json:
        from ccdeploy.report.jsonout import json_line

        return lambda line: put_on(f"{json_line(line)}\n")
    from ccdeploy.report.listing import log_line

    return lambda line: put_on(f"{log_line(line)}\n")


VERBS = (
    Verb(
        "logs",
        "Print the end of the proxy's log, and follow it.",
        (
            "ccdeploy logs -n 100 --host studio",
            "ccdeploy logs -f --level warning --host studio",
            "ccdeploy logs --since 10m --host studio",
        ),
        run,
        details="LiteLLM writes times of day without a date, and uvicorn's lines have no time at all: --since leaves "
        "out what is known to be older, and shows what may be newer.",
        options=(HOST, FOLLOW, LINES, SINCE, LEVEL, RELEASE, JSON),
    ),
)
