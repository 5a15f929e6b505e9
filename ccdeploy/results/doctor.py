"""What `doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccdeploy.findings import Finding, errors_in

Holds = Literal["yes", "partly", "no"]


@dataclass(frozen=True)
class HostPromise:
    """Whether a host can keep one of the three promises as it is set up, why, and what is missing for all of it."""

    promise: str
    holds: Holds
    because: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doctor:
    """Every finding of `doctor`, what was found in order, and which of the three promises the host can keep."""

    host: str
    findings: tuple[Finding, ...]
    in_order: tuple[str, ...] = ()
    promises: tuple[HostPromise, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 8 with an error."""
        return 8 if errors_in(self.findings) else 0
