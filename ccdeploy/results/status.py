"""What serves on a host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """What serves on a host.

    `state` is serving, adopted (a hand-started proxy), stopped, stranger (another program has the
    port) or silent (the process is there and does not answer). `drift` are sentences; any makes 8.
    `phase` is the one that the config was narrowed to.
    """

    host: str
    state: str
    port: int
    pids: tuple[int, ...] = ()
    release: str | None = None
    config: str | None = None
    since: str | None = None
    deployed_by: str | None = None
    deployed_at: str | None = None
    commit: str | None = None
    litellm_version: str | None = None
    models: tuple[str, ...] = ()
    lock: str | None = None
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    phase: int | None = None

    @property
    def exit_code(self) -> int:
        """0, or 8 when what serves is not what should."""
        return 8 if self.drift or self.state not in ("serving", "adopted") else 0
