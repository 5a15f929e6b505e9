"""The requests that Ollama answered, as GIN writes them: when it ended, how long it took, its status and its path.

`[GIN] 2026/08/30 - 09:14:02 | 200 |  1.298417ms |       127.0.0.1 | POST     "/api/chat"`. The time is that of the end,
in whole seconds, and no model is named. Source: gin 1.10, logger.go, defaultLogFormatter; Ollama uses gin.Default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ccdeploy.ollama.duration import seconds

_MARK = "[GIN]"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LINE = re.compile(
    r"\[GIN\] (?P<at>\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d) \|\s*(?P<status>\d{3})\s*\|\s*(?P<took>\S+)\s*\|"
    r'[^|]*\|\s*(?P<method>[A-Z]+)\s+"(?P<path>[^"]*)"'
)
CLIENT_LEFT = 499


@dataclass(frozen=True)
class Served:
    """One answered request. `ended_at` is in whole seconds, by the host's wall clock."""

    ended_at: datetime
    took_s: float
    status: int
    method: str
    path: str

    @property
    def began_at(self) -> datetime:
        """When it came, to a second."""
        return self.ended_at - timedelta(seconds=self.took_s)

    @property
    def is_left(self) -> bool:
        """Whether its client left before it was answered."""
        return self.status == CLIENT_LEFT


def served(line: str) -> Served | None:
    """Return the request that a line tells of; None for any other line."""
    if _MARK not in line:
        return None
    found = _LINE.search(_COLOUR.sub("", line))
    took_s = seconds(found["took"]) if found else None
    if not found or took_s is None:
        return None
    try:
        ended_at = datetime.strptime(found["at"], "%Y/%m/%d - %H:%M:%S")
        ended_at - timedelta(seconds=took_s)
    except (ValueError, OverflowError):
        return None
    return Served(ended_at, took_s, int(found["status"]), found["method"], found["path"])
