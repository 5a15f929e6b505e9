"""What `init` wrote."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding


@dataclass(frozen=True)
class NextStep:
    """A command to type next, and what it is for."""

    command: str
    why: str


@dataclass(frozen=True)
class Init:
    """What `init` wrote, renewed and kept, by path in `folder`. `host` is None where only the sandbox is there."""

    folder: str
    host: str | None
    written: tuple[str, ...]
    renewed: tuple[str, ...]
    kept: tuple[str, ...]
    next: tuple[NextStep, ...]
    findings: tuple[Finding, ...] = ()
    exit_code: int = 0
