"""JSON that stands on a host: half written, or of another hand, it is as good as none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def mapping(text: str) -> dict[str, Any]:
    """Return the mapping that `text` holds; an empty one when it holds anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def phase_in(raw: Mapping[str, Any]) -> int | None:
    """Return the phase that a mapping names; one of another shape is as good as none."""
    phase = raw.get("phase")
    return phase if isinstance(phase, int) and not isinstance(phase, bool) else None


_SELDOM = ("phase", "ended_by")  # most configs are deployed whole, and most attempts are ended by their client


def written(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be written: what is seldom there only where it is."""
    return {key: value for key, value in said.items() if key not in _SELDOM or value is not None}
