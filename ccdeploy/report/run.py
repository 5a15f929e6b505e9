"""What became of a command that a config was deployed for, as lines for a person."""

from __future__ import annotations

from ccdeploy.report.attempt import attempt_lines, headline
from ccdeploy.report.look import Look
from ccdeploy.report.text import rows, safe
from ccdeploy.results import Run
from ccdeploy.units import human_seconds


def run_lines(run: Run, look: Look) -> list[str]:
    """Return what serves now, then the command, what served it, and the gaps."""
    if run.outcome == "rehearsed":
        return attempt_lines(run.deploy, look)
    is_well = run.outcome in ("gone-back", "nothing-to-do")
    gaps = [attempt.downtime_ms for attempt in (run.deploy, run.way_back) if attempt and attempt.downtime_ms]
    return [
        f"{look.mark('ok' if is_well else 'warning')} {look.paint(what_serves(run), 'bold')}",
        *rows(
            [
                ("command", ended(run)),
                ("served by", f"config '{run.config}', release {run.deploy.release}"),
                ("downtime", " and ".join(f"{gap} ms" for gap in gaps) or None),
            ]
        ),
        *(f"  {look.mark('note')} {safe(note)}" for note in _notes(run)),
    ]


def what_serves(run: Run) -> str:
    """Return what serves after it, in one sentence."""
    if run.outcome == "rehearsed":
        return headline(run.deploy)
    if run.way_back:
        return headline(run.way_back)
    if run.outcome == "nothing-to-do":
        return safe(f"{run.host} serves config '{run.config}', release {run.deploy.release}, as before")
    return safe(f"{run.host} serves what another deployed meanwhile" if run.outcome == "overtaken" else run.outcome)


def ended(run: Run) -> str:
    """Return how the command ended."""
    ran = run.command
    if ran is None:
        return "not run"
    detail = f": {ran.detail}" if ran.detail else ""
    return safe(f"{ran.name} ended with {ran.code} after {human_seconds(ran.seconds)}{detail}")


def _notes(run: Run) -> list[str]:
    of_attempts = [note for attempt in (run.deploy, run.way_back) if attempt for note in attempt.notes]
    return list(dict.fromkeys([*of_attempts, *run.notes]))
