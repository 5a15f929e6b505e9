"""What `check` found in the files of a project."""

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
class FileReport:
    """What `check` found in a file that is no config."""

    path: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CheckReport:
    """What `check` found: in the settings, in each config, and in the other files that ccdeploy reads."""

    settings: str
    findings: tuple[Finding, ...]
    configs: tuple[ConfigReport, ...]
    files: tuple[FileReport, ...] = ()

    @property
    def everything(self) -> tuple[Finding, ...]:
        """The findings of all files."""
        found = [*(config.findings for config in self.configs), *(file.findings for file in self.files)]
        return (*self.findings, *(finding for findings in found for finding in findings))

    @property
    def exit_code(self) -> int:
        """0, or 3 when anything would be refused."""
        return 3 if errors_in(self.everything) else 0
