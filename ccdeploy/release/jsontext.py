"""JSON that stands on a host: half written, or of another hand, it is as good as none."""

from __future__ import annotations

import json
from typing import Any


def mapping(text: str) -> dict[str, Any]:
    """Return the mapping that `text` holds; an empty one when it holds anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
