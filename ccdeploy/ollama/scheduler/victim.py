"""Which model has to go. Not the one that was used the longest ago.

Source: Ollama 0.33, server/sched.go:1557-1578, 1664-1693.
"""

from __future__ import annotations

from collections.abc import Iterable

from ccdeploy.ollama.scheduler.runner import Runner


def pick(runners: Iterable[Runner]) -> Runner | None:
    """Return the first idle one by (keep_alive, blob), else the first of all (6). For ever is no pin, only last."""
    return min(runners, key=precedence, default=None)


def precedence(runner: Runner) -> tuple[bool, float, str]:
    """Return what models are ordered by: the least has to go."""
    return (not runner.is_idle, runner.stays_s, runner.model.blob)
