"""One attempt to change what serves."""

from __future__ import annotations

from dataclasses import dataclass, field

from ccdeploy.findings import Finding
from ccdeploy.results.config_change import ConfigChange
from ccdeploy.results.hook import HookRun
from ccdeploy.results.verification import Verification


@dataclass(frozen=True)
class Attempt:
    """One deploy, rollback, upgrade, restart or stop.

    outcome: deployed, nothing-to-do, rehearsed, rolled-back, upgraded, restarted, stopped, failed, stranded,
    interrupted, unconfirmed (the host is out of reach, and goes back by itself).
    `downtime_ms` is None where nothing was switched or nothing served before. `changes` are what it
    changes, or would change, in the meaning of what served before. `phase` is the one that the config
    was narrowed to.
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
    litellm_version: str | None = None
    hooks: tuple[HookRun, ...] = ()
    changes: tuple[ConfigChange, ...] = ()
    phase: int | None = None

    @property
    def exit_code(self) -> int:
        """0, 8 when something else on the host broke meanwhile, or 9 when only the route is not well."""
        return self.verification.exit_code if self.verification else 0
