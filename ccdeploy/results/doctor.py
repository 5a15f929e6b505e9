"""What `doctor` found."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding, errors_in


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
