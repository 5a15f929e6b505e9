"""A log of a host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Log:
    """The last lines of a log on the host."""

    host: str
    path: str
    lines: tuple[str, ...]
    exit_code: int = 0
