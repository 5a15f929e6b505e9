"""What a judge found: one type for settings, lint, preflight, doctor and verify."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How bad a finding is: an error refuses, a warning and a note are only shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True)
class Finding:
    """One thing that a judge found.

    `code` is kebab-case and stable; `--allow CODE` names it, where the rules let it be allowed.
    `where` is `file:line` for anything that came from a file, else the host's name or None. `hint`
    is the remedy.
    """

    severity: Severity
    code: str
    where: str | None
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{remedy}"


def error(code: str, where: str | None, message: str, hint: str | None = None) -> Finding:
    """Return a finding that refuses."""
    return Finding(Severity.ERROR, code, where, message, hint)


def warning(code: str, where: str | None, message: str, hint: str | None = None) -> Finding:
    """Return a finding that is shown and refuses nothing."""
    return Finding(Severity.WARNING, code, where, message, hint)


def note(code: str, where: str | None, message: str, hint: str | None = None) -> Finding:
    """Return a finding that is good to know."""
    return Finding(Severity.NOTE, code, where, message, hint)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, worst first, then by file and line, each once."""
    return sorted(dict.fromkeys(findings), key=lambda f: (_RANK[f.severity], *_place(f.where), f.code, f.message))


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that refuse."""
    return [f for f in findings if f.severity is Severity.ERROR]


def allow(findings: Iterable[Finding], codes: Iterable[str]) -> list[Finding]:
    """Return the findings with the errors that the user allows (`--allow CODE`) turned into warnings."""
    allowed = frozenset(codes)
    return [
        Finding(Severity.WARNING, f.code, f.where, f.message, "allowed on the command line")
        if f.severity is Severity.ERROR and f.code in allowed
        else f
        for f in findings
    ]


def _place(where: str | None) -> tuple[str, int]:
    path, _, line = (where or "").rpartition(":")
    return (path, int(line)) if path and line.isdigit() else (where or "", 0)
