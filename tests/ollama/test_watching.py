"""What a row of answers of /api/ps means, and when it is thrash."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ccdeploy.ollama.thrash import Limits
from ccdeploy.ollama.watching import Watcher
from ccdeploy.results.watch import Residents, WatchAlarm, WatchEvent
from tests.ollama.watching_cases import CASES, look, read_case, word


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_each_look_tells_what_its_case_says(path: Path) -> None:
    """Each case is a way in which memory is used, well or badly; its first line says which."""
    case = read_case(path)
    watcher = case.watcher()
    told = [(str(snapshot.at.time()), [word(line) for line in watcher.take(snapshot)]) for snapshot, _ in case.looks]
    assert told == [(str(snapshot.at.time()), expected) for snapshot, expected in case.looks]
    assert [word(line) for line in watcher.end()] == []


def test_the_end_judges_what_is_still_open() -> None:
    """Whoever watches for a minute is told of a model that left in the last second too."""
    watcher = Watcher()
    for snapshot in (look(0, "a+300"), look(10, "-")):
        list(watcher.take(snapshot))
    (event,) = watcher.end()
    assert isinstance(event, WatchEvent)
    assert (event.event, event.model, event.at) == ("unloaded", "a", "2026-11-25T00:00:10Z")


def test_an_alarm_names_the_pair_the_cause_and_a_remedy() -> None:
    """Nobody has to know Ollama's scheduler at two in the morning."""
    watcher = Watcher(Limits(changes=1))
    list(watcher.take(look(0, "a:4096+300")))
    alarm = list(watcher.take(look(5, "b:4096+300")))[-1]
    assert isinstance(alarm, WatchAlarm)
    assert alarm.models == ("b", "a")
    assert alarm.text == (
        "thrash: the models in memory changed once within 5 min; b and a displace each other: likely they do not "
        "fit into memory together"
    )
    assert alarm.hint


def test_what_the_log_says_of_memory_changes_the_cause() -> None:
    """`system_limited=true`: a browser takes the memory, not the config."""
    watcher = Watcher(Limits(changes=1))
    list(watcher.take(look(0, "a+300")))
    watcher.thrash.hear(look(4, "-").at, "taken by others")
    alarm = list(watcher.take(look(5, "b+300")))[-1]
    assert isinstance(alarm, WatchAlarm)
    assert alarm.cause == "memory-pressure"


def test_a_resident_is_known_by_its_time_and_its_place() -> None:
    """The live view is made of it: since when, until when by Ollama's clock, how much of it on the CPU."""
    watcher = Watcher()
    list(watcher.take(look(0, "a:4096+300")))
    list(watcher.take(look(7, "a:4096+300 b-21/60%")))
    assert isinstance(watcher.residents, Residents)
    first, second = watcher.residents.models
    assert (first.since, first.expires_in_s, first.on_cpu_bytes) == (None, 300.0, 0)
    assert (second.since, second.expires_in_s, second.on_cpu_bytes) == ("2026-11-25T00:00:07Z", -21.0, 4000)


def test_ollamas_own_clock_tells_what_is_over() -> None:
    """A laptop whose clock is ten minutes late would else take each expiry for an eviction."""
    watcher = Watcher()
    early = look(0, "a+20")
    late = timedelta(minutes=10)
    for snapshot in (early, look(21, "-")):
        told = list(watcher.take(type(snapshot)(snapshot.at - late, snapshot.models, ollamas_now=snapshot.at)))
    assert [word(line) for line in told] == ["resident -", "unloaded a"]
