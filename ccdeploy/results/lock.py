"""Who holds the lock of a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LockState:
    """Who holds the lock of a host; `is_held` False means that nobody does."""

    host: str
    is_held: bool
    owner: dict[str, Any] | None = None
    age_s: float | None = None
    is_stale: bool = False
    exit_code: int = 0
