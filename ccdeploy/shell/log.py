"""The logs on a host: asking for the end of one, and keeping what a failed release wrote."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.prelude import script

NO_LOG = 78
KEPT_LINES = 1000  # of a release that failed in service: its whole life, and what led to it


def tail(paths: Sequence[str], lines: int) -> Command:
    """Return the path of the first of these files that is there, and its last lines; status 78 for none."""
    words = " ".join(quote(path) for path in paths)
    body = f"""
for log in {words}; do
  [ -f "$log" ] || continue
  printf '%s\\n' "$log"; tail -n {lines} "$log"; exit 0
done
exit {NO_LOG}
"""
    return Command("read the log", script(body), ok=frozenset({0, NO_LOG}))


def keep(log: str, kept: str) -> str:
    """Return the line that keeps the end of a log under another name, before another proxy writes to it."""
    return f"[ ! -f {quote(log)} ] || (umask 077; tail -n {KEPT_LINES} {quote(log)} >{quote(kept)})\n"
