"""The text of a result, whatever verb it is of: lines for stdout, and a remark beside it for stderr."""

from __future__ import annotations

from typing import Any

from ccdeploy.report.attempt import attempt_lines, verification_lines
from ccdeploy.report.begun import init_lines
from ccdeploy.report.doctor import doctor_lines
from ccdeploy.report.inventory import inventory_lines
from ccdeploy.report.listing import check_report_lines, diff_lines, history_lines, log_lines
from ccdeploy.report.look import Look
from ccdeploy.report.plan import plan_lines, replay_lines
from ccdeploy.report.run import run_lines
from ccdeploy.report.sheet import Sheet, sheet_lines
from ccdeploy.report.state import lock_lines, setup_lines, status_lines
from ccdeploy.report.text import safe
from ccdeploy.report.trace import beside_trace, trace_lines
from ccdeploy.report.watch import watch_lines
from ccdeploy.results import (
    Attempt,
    CheckReport,
    Completion,
    Diff,
    Doctor,
    History,
    Init,
    Inventory,
    LockState,
    Log,
    MadeTrace,
    Plan,
    Replays,
    Run,
    Setup,
    Status,
    Verification,
    Watch,
)  # fmt: skip
from ccdeploy.results.narrowed import of_phase
from ccdeploy.units import counted


def answer_lines(result: object, host: str | None, look: Look, was_told: bool = False) -> list[str]:  # noqa: PLR0911, PLR0912 - one case a result type
    """Return a result as lines for a person; `was_told` leaves out what the same screen showed as it happened.

    Raises TypeError for what no verb returns.
    """
    match result:
        case Attempt():
            return attempt_lines(result, look)
        case Run():
            return run_lines(result, look)
        case Verification():
            return verification_lines(host, result, look, was_told)
        case CheckReport():
            return check_report_lines(result, look)
        case Status():
            return status_lines(result, look)
        case History():
            return history_lines(result, look)
        case Doctor():
            return doctor_lines(result, look)
        case Inventory():
            return inventory_lines(result, look)
        case Setup():
            return setup_lines(result, look)
        case Diff():
            return diff_lines(result, look)
        case Log():
            return log_lines(result)
        case Watch():
            return watch_lines(result, look)
        case LockState():
            return lock_lines(result, look)
        case Sheet():
            return sheet_lines(result, look)
        case Init():
            return init_lines(result, look)
        case MadeTrace():
            return trace_lines(result)
        case Plan():
            return plan_lines(result, look)
        case Replays():
            return replay_lines(result)
        case Completion():
            return result.script.splitlines()  # a script is for the shell: nothing in it is masked
    raise TypeError(f"no text for a {type(result).__name__}")


def _of_log(log: Log) -> str:
    only = f", {log.only}" if log.only else ""
    if not log.lines:
        return f"{log.host}: no line of {log.path}{only}" if only else f"{log.host}: {log.path} is empty"
    return f"{log.host}: the last {counted(len(log.lines), 'line')} of {log.path}{only}"


def remark(result: Any) -> str | None:
    """Return what a person should read beside a result that is empty, or that says not where it is from."""
    match result:
        case Diff():
            return _beside_diff(result)
        case Log():
            return safe(_of_log(result))
        case MadeTrace():
            return beside_trace(result)
        case Plan(page=str(path)):
            return safe(f"the page was written to {path}")
        case History() if not result.entries and not result.releases:
            return safe(f"{result.host}: nothing was deployed yet")
    return None


def _beside_diff(diff: Diff) -> str | None:
    if not diff.lines:
        named = f"config '{diff.config}'{of_phase(diff.phase)}"
        return safe(f"{diff.host}: {named} is what release {diff.release or '-'} has already")
    if not diff.changes and not diff.is_text:
        return safe(f"{diff.host}: no change of meaning (the text differs: --text shows it)")
    return safe(f"{diff.host}: {'; '.join(diff.notes)}") if diff.notes else None
