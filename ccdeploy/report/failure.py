"""An error as lines for a person: the sentence, each finding, the evidence, and last what to do."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.errors import CcdeployError
from ccdeploy.findings import Finding, ordered
from ccdeploy.report.look import Look
from ccdeploy.report.text import finding_line, safe, safe_lines

PROGRAM = "ccdeploy"


def sentence(message: str, look: Look) -> str:
    """Return the line that every end other than a good one has."""
    first, *rest = safe_lines(message) or [""]
    return "\n".join([f"{look.paint(f'{PROGRAM}:', 'red')} {first}", *(f"  {line}" for line in rest)])


def failure_lines(error: CcdeployError, look: Look) -> list[str]:
    """Return the lines of an error."""
    findings: Sequence[Finding] = getattr(error, "findings", ())
    return [
        sentence(error.message, look),
        *(f"  {look.mark(f.severity.value)} {finding_line(f)}" for f in ordered(findings)),
        *(f"  {look.frame} {safe(line)}" for text in error.evidence for line in text.splitlines() or [""]),
        *([f"  {look.arrow} {safe(error.hint)}"] if error.hint else []),
    ]
