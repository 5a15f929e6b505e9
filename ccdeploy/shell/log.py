"""Asking for the end of a log."""

from __future__ import annotations

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.prelude import script

NO_LOG = 78


def tail(path: str, lines: int) -> Command:
    """Return the last lines of a file; status 78 when there is none."""
    body = f"[ -f {quote(path)} ] || exit {NO_LOG}\ntail -n {lines} {quote(path)}"
    return Command("read the log", script(body), ok=frozenset({0, NO_LOG}))
