"""What a deploy would change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diff:
    """The unified diff between what the host has as current and a local config; secrets masked."""

    host: str
    release: str | None
    config: str
    lines: tuple[str, ...]
    exit_code: int = 0
