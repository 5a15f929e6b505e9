"""What teaches a shell to complete."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Completion:
    """The completion script for a shell, to be evaluated by it."""

    shell: str
    script: str
    exit_code: int = 0
