"""What is the case on a host (status, lock, setup), as lines for a person."""

from __future__ import annotations

from ccdeploy.findings import ordered
from ccdeploy.report.look import Look
from ccdeploy.report.text import finding_line, rows, safe, safe_lines
from ccdeploy.report.verdict import STATES
from ccdeploy.results import LockState, Setup, Status
from ccdeploy.results.narrowed import config_called
from ccdeploy.units import human_seconds


def status_lines(status: Status, look: Look) -> list[str]:
    """Return what serves, since when and by whom, then whatever is not as it should be."""
    mark = look.mark("failed" if status.exit_code else "ok")
    sentence = f"{status.host}: {STATES.get(status.state, status.state)}, port {status.port}"
    who = status.deployed_by or ""
    by = who if not who or who.startswith("by ") else f"by {who}"  # what was adopted was made "by hand"
    deployed = " ".join(part for part in (status.deployed_at, by) if part)
    return [
        f"{mark} {look.paint(safe(sentence), 'bold')}",
        *rows(
            [
                ("config", status.config and config_called(status.config, status.phase)),
                ("release", status.release),
                ("commit", status.commit),
                ("deployed", deployed),
                ("since", status.since),
                ("pid", ", ".join(map(str, status.pids))),
                ("litellm", status.litellm_version),
                ("models", ", ".join(status.models)),
                ("lock", status.lock),
            ]
        ),
        *(f"{look.mark('failed')} {safe(text)}" for text in status.drift),
        *(f"{look.mark('note')} {safe(text)}" for text in status.notes),
    ]


def lock_lines(lock: LockState, look: Look) -> list[str]:
    """Return who holds the lock, and whether it would be taken over."""
    if not lock.is_held:
        return [f"{look.mark('ok')} {safe(lock.host)}: nobody holds the lock"]
    age = "" if lock.age_s is None else f", for {human_seconds(lock.age_s)}"
    stale = "; nobody keeps it alive, the next verb takes it over" if lock.is_stale else ""
    owner = {key: _owned(value) for key, value in (lock.owner or {}).items() if key not in ("id", "host")}
    return [f"{look.mark('note')} {safe(lock.host)}: the lock is held{age}{stale}", *rows(owner.items())]


def setup_lines(setup: Setup, look: Look) -> list[str]:
    """Return what was made, and what was there already."""
    if setup.planned:
        return _would_set_up(setup, look)
    sentence = (
        f"{setup.host} is set up in {setup.root}" if setup.made else f"{setup.host}: {setup.root} was set up already"
    )
    return [
        f"{look.mark('ok')} {look.paint(safe(sentence), 'bold')}",
        *(f"  made   {safe(text)}" for text in setup.made),
        *(f"  there  {safe(text)}" for text in setup.present),
        *(f"{look.mark(f.severity.value)} {finding_line(f)}" for f in ordered(setup.findings)),
    ]


def _would_set_up(setup: Setup, look: Look) -> list[str]:
    sentence = f"rehearsal: nothing was changed on {setup.host}; a setup would"
    return [
        f"{look.mark('note')} {look.paint(safe(sentence), 'bold')}",
        *(f"  {number}. {safe(step)}" for number, step in enumerate(setup.planned, 1)),
        *(f"     {line}" for text in (setup.traefik_file, setup.unit) for line in safe_lines(text or "")),
        *(f"  there  {safe(text)}" for text in setup.present),
    ]


def _owned(value: object) -> str:
    return "yes" if value is True else "no" if value is False else "" if value is None else str(value)
