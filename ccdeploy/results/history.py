"""What happened on a host, and the releases that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HistoryEntry:
    """One line of history.jsonl; `phase` is the one that the config was narrowed to.

    `ended_by` is "host" where the host went back by itself, because nobody confirmed.
    """

    at: str
    verb: str
    outcome: str
    release: str | None
    previous: str | None
    config: str | None
    who: str
    seconds: float
    downtime_ms: int | None
    detail: str = ""
    phases: dict[str, float] = field(default_factory=dict)
    commit: str | None = None
    from_where: str = ""
    run_url: str | None = None
    phase: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True)
class ReleaseEntry:
    """One release that is kept on the host; `state` is verified, adopted, staged or bad."""

    release: str
    state: str
    config: str
    created_at: str
    who: str
    is_current: bool
    phase: int | None = None


@dataclass(frozen=True)
class History:
    """What happened on a host, newest first, and the releases that it keeps."""

    host: str
    entries: tuple[HistoryEntry, ...]
    releases: tuple[ReleaseEntry, ...]
    exit_code: int = 0
