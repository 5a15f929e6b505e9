"""Loads as Ollama's log tells them, which may be over between two looks at /api/ps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ccdeploy.ollama.log.scheduler import LoadLine
from ccdeploy.ollama.logged_loads import LoggedLoads
from ccdeploy.ollama.thrash import Limits, Thrash
from ccdeploy.results.watch import WatchAlarm

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
NAMES = {"sha256:a": "small", "sha256:b": "large"}
EVICTS = LoadLine("evicts", "one is evicted")


def starts(blob: str, num_ctx_tokens: int = 4096) -> LoadLine:
    """Return the line with which a load begins."""
    return LoadLine("starts", "a load begins", f"sha256:{blob}", num_ctx_tokens=num_ctx_tokens)


def heard(*lines: LoadLine) -> tuple[LoggedLoads, list[WatchAlarm]]:
    """Return what lines come to, each a second after the one before."""
    logged, thrash = LoggedLoads(), Thrash(Limits(), 1.0)
    alarms: list[WatchAlarm] = []
    for second, line in enumerate(lines):
        for load in logged.take(line, MIDNIGHT + timedelta(seconds=second), NAMES):
            alarms += thrash.take(load, is_logged=True)
    return logged, alarms


def test_two_models_that_swap_faster_than_anybody_looks_are_an_alarm() -> None:
    """A watch that shows eight evictions and ends with "no thrash" is worse than none."""
    logged, alarms = heard(starts("a"), *[line for b in "baba" for line in (EVICTS, starts(b))])
    assert [(alarm.rule, sorted(alarm.models), alarm.cause) for alarm in alarms] == [
        ("changes", ["large", "small"], "two-models")
    ]
    assert (logged.loads, logged.reloads, logged.evictions) == (5, 3, 4)


def test_one_file_with_two_contexts_is_an_alarm_of_its_own_cause() -> None:
    """No memory helps there, and the log has no line of an eviction."""
    _, alarms = heard(*[starts("a", size) for size in (4096, 8192, 4096, 8192)])
    assert [(alarm.rule, alarm.cause) for alarm in alarms] == [("reappearances", "one-blob")]


def test_models_that_come_into_free_memory_are_no_alarm() -> None:
    """Nobody had to go, and one that comes back after its keep_alive is judged by /api/ps."""
    assert heard(*[starts(blob) for blob in "abcdabcd"])[1] == []
