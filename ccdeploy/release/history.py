"""history.jsonl: one line an attempt."""

from __future__ import annotations

import json

from ccdeploy.release.jsontext import mapping, phase_in, without_phase
from ccdeploy.results import HistoryEntry


def to_line(entry: HistoryEntry) -> str:
    """Return the line of an attempt, without the newline."""
    return json.dumps(without_phase(entry.__dict__) | {"phases": dict(entry.phases)}, sort_keys=True)


def parse(text: str) -> list[HistoryEntry]:
    """Return the attempts that `text` holds, oldest first; a line that is none (cut off) is passed over."""
    return [entry for line in text.splitlines() if (entry := _parse_line(line))]


def _parse_line(line: str) -> HistoryEntry | None:
    raw = mapping(line)
    raw["phase"] = phase_in(raw)
    known = {key: raw[key] for key in HistoryEntry.__dataclass_fields__ if key in raw}
    try:
        entry = HistoryEntry(**known)
    except TypeError:
        return None
    # These are added up and rounded; the others are only shown.
    counts = isinstance(entry.seconds, int | float) and isinstance(entry.downtime_ms, int | float | None)
    return entry if counts and isinstance(entry.phases, dict) else None
