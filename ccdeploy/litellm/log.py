"""What LiteLLM's log says: of its own end, and how grave and how old each line is.

Seen in the log of a real one: LiteLLM's own lines with a time of day in the host's zone and no date,
uvicorn's with a level and no time, one JSON object a line under `json_logs`, gunicorn's with both,
and lines that begin no message (tracebacks, banners), which belong to what stands before them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from ccdeploy.results.log import LEVELS

# The last line of a Python traceback, and uvicorn's own words for a port that is taken.
_REASON = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception)\b.*|^ERROR:\s+\[Errno .*")

_BANNER = ("github.com/BerriAI/litellm/issues", "Thank you for using LiteLLM")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LEVEL = r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_BEGINNINGS = (
    re.compile(rf"(?P<time>\d\d:\d\d:\d\d) - [^:]+:{_LEVEL}: "),  # LiteLLM
    re.compile(rf"{_LEVEL}:(?:\s|[\w.]+:)"),  # uvicorn, and Python's own way
    re.compile(rf"\[(?P<moment>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{{4}})\] \[\d+\] \[{_LEVEL}\]"),  # gunicorn
)
_PYTHONS_WARNING = re.compile(r"\S+:\d+: \w*Warning: ")
_TRACEBACK = "Traceback (most recent call last):"
# Lines of several threads and workers may stand a little out of their order.
_OUT_OF_ORDER = timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    """A line, the level of the message that it is of, and what it tells of its own time."""

    text: str
    level: str | None
    stamp: time | datetime | None


class LogReader:
    """Reads the lines of one log in their order: what a line is may depend on those before it."""

    def __init__(self) -> None:
        self._level: str | None = None

    def read(self, text: str) -> Entry:
        """Return the next line as an entry."""
        plain = _COLOUR.sub("", text)
        beginning = _of_json(plain) or _of_words(plain)
        if beginning is not None:
            self._level, stamp = beginning
            return Entry(text, self._level, stamp)
        if _TRACEBACK in plain and not is_at_least(self._level, "error"):
            self._level = "error"  # whatever the message before it said
        return Entry(text, self._level, None)


def is_at_least(level: str | None, least: str) -> bool:
    """Whether a level is `least` or graver; an unknown one is not."""
    return level is not None and LEVELS.index(level) >= LEVELS.index(least)


def dated(entries: Sequence[Entry], latest: datetime, zone: tzinfo) -> list[datetime | None]:
    """Return when each entry was written, None where it does not say.

    A time of day becomes the latest one that is not after the entry that follows it; `latest` is when
    the last one was written. So a log that was silent for a whole day seems younger by that day.
    """
    moments: list[datetime | None] = []
    for entry in reversed(entries):
        moment = _moment(entry.stamp, latest, zone)
        moments.append(moment)
        latest = min(moment, latest) if moment else latest
    return moments[::-1]


def first_since(moments: Sequence[datetime | None], since: datetime) -> int:
    """Return the place of the first line that may be of `since` or later: the one after the last that is older.

    A line that tells no time counts for what it may be, so nothing that is new is left out.
    """
    older = (place for place in range(len(moments) - 1, -1, -1) if (moment := moments[place]) and moment < since)
    return next(older, -1) + 1


def reason(log: Sequence[str]) -> str | None:
    """Return the line that names why a proxy ended, or None: the last exception in the log."""
    return next((line.strip() for line in reversed(log) if _REASON.match(line)), None)


def telling(log: Sequence[str], most: int = 15) -> tuple[str, ...]:
    """Return the last lines that say something: LiteLLM's banner is thirty lines of none."""
    lines = (line for line in log if any(c.isalnum() for c in line) and not line.lstrip().startswith("#"))
    return tuple(line for line in lines if not any(word in line for word in _BANNER))[-most:]


def _of_words(line: str) -> tuple[str | None, time | datetime | None] | None:
    for form in _BEGINNINGS:
        if found := form.match(line):
            told = found.groupdict()
            return told["level"].lower(), _stamp(told.get("time") or told.get("moment"))
    return ("warning", None) if _PYTHONS_WARNING.match(line) else None


def _of_json(line: str) -> tuple[str | None, time | datetime | None] | None:
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    level = str(told.get("level", "")).lower()
    return (level if level in LEVELS else None, _stamp(told.get("timestamp"))) if level else None


def _stamp(text: object) -> time | datetime | None:
    """Return a time of day, or a date with one; None for what is neither, such as 25:00:00."""
    try:
        if len(str(text)) == len("00:00:00"):
            return time.fromisoformat(str(text))
        return datetime.fromisoformat(re.sub(r" (?=[+-]\d{4}$)", "", str(text)))
    except ValueError:
        return None


def _moment(stamp: time | datetime | None, latest: datetime, zone: tzinfo) -> datetime | None:
    if isinstance(stamp, datetime):
        return stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)
    if stamp is None:
        return None
    found = datetime.combine(latest.astimezone(zone).date(), stamp, zone)
    return found if found <= latest + _OUT_OF_ORDER else found - timedelta(days=1)
