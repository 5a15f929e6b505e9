"""What `init` wrote, as lines for a person, and what to type next."""

from __future__ import annotations

from ccdeploy.findings import ordered
from ccdeploy.report.look import Look
from ccdeploy.report.text import finding_line, rows, safe
from ccdeploy.results import Init


def init_lines(init: Init, look: Look) -> list[str]:
    """Return each file and what became of it, then the next commands."""
    became = [
        *((name, "written") for name in init.written),
        *((name, "renewed") for name in init.renewed),
        *((name, "kept as it is") for name in init.kept),
    ]
    steps = [(step.command, step.why) for step in init.next]
    return [
        f"{look.mark('ok')} {look.paint(safe(_title(init)), 'bold')}",
        *rows(became),
        *(f"{look.mark(finding.severity.value)} {finding_line(finding)}" for finding in ordered(init.findings)),
        *(["", look.paint("Next:", "bold"), *rows(steps)] if steps else []),
    ]


def _title(init: Init) -> str:
    if init.written:
        return f"a project for {init.host}, in {init.folder}" if init.host else f"a project, in {init.folder}"
    return "the schemas are those of this ccdeploy now" if init.renewed else "nothing to do: every file is there"
