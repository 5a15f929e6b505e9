"""What a deploy would change."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.results.config_change import ConfigChange


@dataclass(frozen=True)
class Diff:
    """What a deploy of a local config would change in what the host has as current; secrets masked.

    `changes` are the differences in meaning, `lines` the unified diff of the texts. `is_text` says
    that a person asked for the latter. `phase` is the one that the local config was narrowed to.
    """

    host: str
    release: str | None
    config: str
    lines: tuple[str, ...]
    changes: tuple[ConfigChange, ...] = ()
    notes: tuple[str, ...] = ()
    is_text: bool = False
    exit_code: int = 0
    phase: int | None = None
