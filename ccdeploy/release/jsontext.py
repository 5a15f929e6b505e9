"""JSON that stands on a host: half written, or of another hand, it is as good as none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

MOST = 1e12  # of any number that we write: seconds of thirty thousand years


def mapping(text: str) -> dict[str, Any]:
    """Return the mapping that `text` holds; an empty one when it holds anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def has_texts(raw: Mapping[str, Any], names: Iterable[str], *, or_none: bool = False) -> bool:
    """Whether each of these is a text where it is given, or None where that is `or_none`."""
    given = [raw[name] for name in names if name in raw]
    return all(isinstance(value, str) or (or_none and value is None) for value in given)


def is_number(value: object) -> bool:
    """Whether a value is a number that can be added up and rounded: JSON in Python knows infinite ones too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST


def phase_in(raw: Mapping[str, Any]) -> int | None:
    """Return the phase that a mapping names; one of another shape is as good as none."""
    phase = raw.get("phase")
    return phase if isinstance(phase, int) and not isinstance(phase, bool) else None


_SELDOM = ("phase", "ended_by")  # most configs are deployed whole, and most attempts are ended by their client


def written(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be written: what is seldom there only where it is."""
    return {key: value for key, value in said.items() if key not in _SELDOM or value is not None}
