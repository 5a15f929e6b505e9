"""A titled list of facts, for what has no result type of its own on the ground floor (the sandbox)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccdeploy.report.look import Look
from ccdeploy.report.text import rows, safe


@dataclass(frozen=True)
class Sheet:
    """A sentence and named facts for people; `data` is the same for `--json`."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    is_well: bool = True

    @property
    def exit_code(self) -> int:
        """0, or 8."""
        return 0 if self.is_well else 8


def sheet_lines(sheet: Sheet, look: Look) -> list[str]:
    """Return the title and a line a fact."""
    mark = look.mark("ok" if sheet.is_well else "failed")
    return [f"{mark} {look.paint(safe(sheet.title), 'bold')}", *rows(sheet.facts)]
