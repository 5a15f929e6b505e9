"""What `check` found in settings and configs."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding, errors_in


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
