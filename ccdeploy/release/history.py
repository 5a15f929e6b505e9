"""history.jsonl: one line an attempt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccdeploy.results import HistoryEntry


def to_line(entry: HistoryEntry) -> str:
    """Return the line of an attempt, without the newline."""
    return json.dumps(entry.__dict__ | {"phases": dict(entry.phases)}, sort_keys=True)


def parse(text: str) -> list[HistoryEntry]:
    """Return the attempts that `text` holds, oldest first; a line that is none (cut off) is passed over."""
    return [entry for line in text.splitlines() if (entry := _parse_line(line))]


def _parse_line(line: str) -> HistoryEntry | None:
    try:
        raw: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(raw, Mapping):
        return None
    known = {key: raw[key] for key in HistoryEntry.__dataclass_fields__ if key in raw}
    try:
        return HistoryEntry(**known)
    except TypeError:
        return None
