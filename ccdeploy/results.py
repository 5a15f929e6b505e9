"""What verbs return: plain values that a report shows and `--json` prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ccdeploy.findings import Finding, errors_in

Layer = Literal["process", "proxy", "ollama", "route"]
CheckStatus = Literal["ok", "failed", "skipped", "known"]


@dataclass(frozen=True)
class Check:
    """One check of a verification.

    `layer` says whom to blame. `known` means that it failed before the change too, so that the
    change is not at fault.
    """

    name: str
    layer: Layer
    status: CheckStatus
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Verification:
    """What a verification saw.

    `healthy` and `unhealthy` count the aliases that can and cannot answer, as far as that is known
    without a model call; `models` are the names served. `model_loads` counts the loads that our
    own requests caused. `health` says whether `/health` was polled, and why or why not.
    `residents_changed` tells of models that came or went meanwhile, whatever the cause.
    """

    checks: tuple[Check, ...]
    healthy: int
    unhealthy: int
    models: tuple[str, ...]
    model_loads: int
    health: str
    residents_changed: str | None = None

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed and had not failed before."""
        return tuple(c for c in self.checks if c.status == "failed")

    @property
    def proxy_is_well(self) -> bool:
        """Whether the process that should serve does, as its config promises."""
        return not any(c.layer in ("process", "proxy") for c in self.failures)

    @property
    def host_is_well(self) -> bool:
        """Whether everything on the host is as it should be."""
        return all(c.layer == "route" for c in self.failures)

    @property
    def route_is_well(self) -> bool:
        """Whether the way through Traefik shows the same as the host."""
        return not any(c.layer == "route" and c.status in ("failed", "known") for c in self.checks)

    @property
    def exit_code(self) -> int:
        """0, 8 (the host) or 9 (only the route)."""
        if not self.host_is_well:
            return 8
        return 0 if self.route_is_well else 9


@dataclass(frozen=True)
class Attempt:
    """One deploy, rollback, restart or stop.

    outcome: deployed, nothing-to-do, rehearsed, rolled-back, restarted, stopped, failed, stranded, interrupted.
    `downtime_ms` is None where nothing was switched or nothing served before.
    """

    verb: str
    host: str
    outcome: str
    release: str | None = None
    previous: str | None = None
    config: str | None = None
    seconds: float = 0.0
    downtime_ms: int | None = None
    expected_gap: str | None = None
    phases: dict[str, float] = field(default_factory=dict)
    verification: Verification | None = None
    findings: tuple[Finding, ...] = ()
    planned: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, 8 when something else on the host broke meanwhile, or 9 when only the route is not well."""
        return self.verification.exit_code if self.verification else 0


@dataclass(frozen=True)
class ConfigReport:
    """What `check` found in one config; `models` are the names that it promises to serve."""

    config: str
    path: str
    findings: tuple[Finding, ...]
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckReport:
    """What `check` found: in the settings, and in each config."""

    settings: str
    findings: tuple[Finding, ...]
    configs: tuple[ConfigReport, ...]

    @property
    def exit_code(self) -> int:
        """0, or 3 when anything would be refused."""
        everything = [*self.findings, *(f for c in self.configs for f in c.findings)]
        return 3 if errors_in(everything) else 0


@dataclass(frozen=True)
class HistoryEntry:
    """One line of history.jsonl."""

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


@dataclass(frozen=True)
class ReleaseEntry:
    """One release that is kept on the host; `state` is verified, adopted, staged or bad."""

    release: str
    state: str
    config: str
    created_at: str
    who: str
    is_current: bool


@dataclass(frozen=True)
class History:
    """What happened on a host, newest first, and the releases that it keeps."""

    host: str
    entries: tuple[HistoryEntry, ...]
    releases: tuple[ReleaseEntry, ...]
    exit_code: int = 0


@dataclass(frozen=True)
class Status:
    """What serves on a host.

    `state` is serving, adopted (a hand-started proxy), stopped, stranger (another program has the
    port) or silent (the process is there and does not answer). `drift` are sentences; any makes 8.
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

    @property
    def exit_code(self) -> int:
        """0, or 8 when what serves is not what should."""
        return 8 if self.drift or self.state not in ("serving", "adopted") else 0


@dataclass(frozen=True)
class Doctor:
    """Every finding of `doctor`, and what was found in order."""

    host: str
    findings: tuple[Finding, ...]
    in_order: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 8 with an error."""
        return 8 if errors_in(self.findings) else 0


@dataclass(frozen=True)
class Setup:
    """What `setup` made, and what it found already there."""

    host: str
    root: str
    made: tuple[str, ...]
    present: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True)
class Diff:
    """The unified diff between what the host has as current and a local config; secrets masked."""

    host: str
    release: str | None
    config: str
    lines: tuple[str, ...]
    exit_code: int = 0


@dataclass(frozen=True)
class Log:
    """The last lines of a log on the host."""

    host: str
    path: str
    lines: tuple[str, ...]
    exit_code: int = 0


@dataclass(frozen=True)
class LockState:
    """Who holds the lock of a host; `is_held` False means that nobody does."""

    host: str
    is_held: bool
    owner: dict[str, Any] | None = None
    age_s: float | None = None
    is_stale: bool = False
    exit_code: int = 0
