"""What `setup` made, or would make."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.findings import Finding


@dataclass(frozen=True)
class Setup:
    """What `setup` made, and what it found already there; `planned` is what a rehearsal would make.

    `traefik_file` is the text of Traefik's dynamic file that a rehearsal would write, `unit` that of the
    unit of systemd or launchd.
    """

    host: str
    root: str
    made: tuple[str, ...]
    present: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    planned: tuple[str, ...] = ()
    traefik_file: str | None = None
    unit: str | None = None
    exit_code: int = 0
