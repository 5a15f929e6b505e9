"""What `setup` made, or would make."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding


@dataclass(frozen=True)
class Setup:
    """What `setup` made, and what it found already there; `planned` is what a rehearsal would make."""

    host: str
    root: str
    made: tuple[str, ...]
    present: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    planned: tuple[str, ...] = ()
    exit_code: int = 0
