"""history.jsonl: one line an attempt."""

from __future__ import annotations

import json

from ccdeploy.release.jsontext import has_texts, is_number, mapping, phase_in, written
from ccdeploy.results import HistoryEntry

_TEXTS = ("at", "verb", "outcome", "who", "detail", "from_where")
_TEXTS_OR_NONE = ("release", "previous", "config", "commit", "run_url", "ended_by")


def to_line(entry: HistoryEntry) -> str:
    """Return the line of an attempt, without the newline."""
    return json.dumps(written(entry.__dict__) | {"phases": dict(entry.phases)}, sort_keys=True)


# What is known only when a host has gone back by itself: the shell puts it between the pieces.
_LATE = {"at": '"', "detail": '"', "outcome": '"', "seconds": ""}


def in_pieces(entry: HistoryEntry) -> tuple[str, ...]:
    """Return the line of an attempt in five pieces: moment, detail, outcome and whole seconds are left out between."""
    pieces, text = [], "{"
    for key, value in sorted((written(entry.__dict__) | {"phases": dict(entry.phases)}).items()):
        text += f"{json.dumps(key)}: "
        if key in _LATE:
            pieces.append(text + _LATE[key])
            text = f"{_LATE[key]}, "
        else:
            text += f"{json.dumps(value, sort_keys=True)}, "
    return (*pieces, text.removesuffix(", ") + "}")


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
    if not (has_texts(raw, _TEXTS) and has_texts(raw, _TEXTS_OR_NONE, or_none=True)):
        return None
    # These are added up and rounded.
    is_counted = is_number(entry.seconds) and (entry.downtime_ms is None or is_number(entry.downtime_ms))
    is_timed = isinstance(entry.phases, dict) and all(map(is_number, entry.phases.values()))
    return entry if is_counted and is_timed else None
