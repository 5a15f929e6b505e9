"""`watch`: who is in the host's Ollama, live, and an alarm when models displace each other."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST
from ccdeploy.cli.streams import put_on, tell
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.report.look import Look, Unbreakable, is_live

if TYPE_CHECKING:
    from ccdeploy.app import Project
    from ccdeploy.report.watch_screen import WatchScreen
    from ccdeploy.results import Residents, Watch, WatchLine

FOR = Option(
    "for",
    "Watch this long, then end: with 8 if there was thrash, else 0. Without it, until Ctrl-C (130).",
    Kind.SECONDS,
    metavar="DURATION",
)
REAPPEARANCES = Option(
    "reappearances", "Alarm when one model comes back this often; if not given, 3.", Kind.NUMBER, metavar="COUNT"
)
CHANGES = Option(
    "changes", "Alarm when the models in memory change this often; if not given, 4.", Kind.NUMBER, metavar="COUNT"
)
WITHIN = Option("within", "The time in which the two are counted; if not given, 5m.", Kind.SECONDS, metavar="DURATION")
EVERY = Option("every", "Look this often; if not given, 1s.", Kind.SECONDS, metavar="DURATION")
JSON = Option("json", "Print one JSON object a line: each event, and who is resident at each change.", Kind.FLAG)


def run(project: Project, asked: Asked) -> Answer:
    """Show what happens as it happens, and in the end what it came to."""
    from ccdeploy import app

    screen = None if asked.json or not is_live(sys.stdout) else _screen()
    try:
        found = app.watch(
            replace(project, observer=screen) if screen else project,
            asked.host,
            screen or _Lines(asked.json),
            for_s=asked.for_s,
            every_s=asked.every_s,
            within_s=asked.within_s,
            reappearances=asked.reappearances,
            changes=asked.changes,
        )
    finally:
        if screen:
            screen.close()
    _tell_end(found, asked.json)
    return Answer(found, was_shown=True)


def _screen() -> WatchScreen:
    from ccdeploy.report.watch_screen import WatchScreen  # rich, which a quick verb need not wait for

    return WatchScreen(Unbreakable(sys.stdout), Look.of(sys.stdout))


class _Lines:
    """Prints a line at once, and knows whether anybody reads on."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def show(self, line: WatchLine) -> bool:
        """Print what happened."""
        if self._as_json:
            from ccdeploy.report.jsonout import json_line

            return put_on(f"{json_line(line)}\n")
        from ccdeploy.report.watch import event_lines

        return put_on("".join(f"{text}\n" for text in event_lines(line, Look.of(sys.stdout))))

    def look(self, residents: Residents) -> None:
        """Leave out what is only for a live view."""


def _tell_end(found: Watch, as_json: bool) -> None:
    """Print what it came to; thrash is said on stderr too, whatever the end was."""
    from ccdeploy.report.failure import sentence
    from ccdeploy.report.verdict import verdict
    from ccdeploy.report.watch import watch_lines

    if as_json:
        from ccdeploy.report.jsonout import json_line

        is_read = put_on(f"{json_line(found)}\n")
    else:
        is_read = put_on("".join(f"{text}\n" for text in watch_lines(found, Look.of(sys.stdout))))
    if is_read and found.alarms and found.exit_code:
        tell([sentence(verdict(found), Look.of(sys.stderr))])


VERBS = (
    Verb(
        "watch",
        "Show live which models are in Ollama's memory, and raise an alarm on thrash.",
        (
            "ccdeploy watch --host studio",
            "ccdeploy watch --for 10m --host studio",
            "ccdeploy watch --for 1h --json --host studio",
        ),
        run,
        details="It asks Ollama who is in memory, through the SSH connection, and reads its log where it can. "
        "It loads no model.",
        options=(HOST, FOR, REAPPEARANCES, CHANGES, WITHIN, EVERY, JSON),
        prints_lines=True,
    ),
)
