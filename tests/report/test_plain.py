"""Progress where nobody watches."""

from __future__ import annotations

import pytest

from ccdeploy.events import Checked, Event, Found, LogShown, Noted, StepDone, StepFailed, StepMoved, StepStarted, Warned
from ccdeploy.findings import warning
from ccdeploy.report.plain import lines_of


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (StepStarted("a", "connect"), "start    connect"),
        (StepMoved("a", "12 packages found, httpx"), "still    12 packages found, httpx"),
        (StepDone("a", "connect", 0.34, "port 8082"), "ok       connect  340 ms  port 8082"),
        (StepFailed("a", "connect", 2.0, "no answer"), "failed   connect  2.0 s  no answer"),
        (Checked("listener", "known", "as before"), "check    known  listener  as before"),
        (Noted("adopted"), "note     adopted"),
        (Warned("no Traefik"), "warning  no Traefik"),
        (Found(warning("big", "a.yaml:3", "too big", "less")), "warning  a.yaml:3: too big; less [big]"),
        (Noted("two\nlines \x1b[2J"), r"note     two\nlines "),
    ],
)
def test_an_event_is_one_line_with_a_word_first(event: Event, line: str) -> None:
    """A CI log is searched by line; an event over several lines could not be found whole."""
    assert lines_of(event) == [line]


def test_the_end_of_a_log_keeps_its_lines() -> None:
    """A traceback on one line could not be read."""
    assert lines_of(LogShown("a.log", ("one", "two"))) == ["log      a.log", "log      one", "log      two"]
