"""What `setup` made."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding


@dataclass(frozen=True)
class Setup:
    """What `setup` made, and what it found already there."""

    host: str
    root: str
    made: tuple[str, ...]
    present: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    exit_code: int = 0
