"""The live view of a watch, as a person sees it on a terminal."""

from __future__ import annotations

from ccdeploy.events import Answered, Asking, Warned
from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.watch import stays
from ccdeploy.report.watch_screen import WatchScreen
from ccdeploy.results import ResidentModel, Residents, WatchAlarm, WatchEvent
from tests.report.screen import COLUMNS, Screen

AT = "2026-11-25T01:00:00Z"
A = ResidentModel("a:7b", "d1", 5_000_000_000, 5_000_000_000, 8192, AT, AT, 250.0)
B = ResidentModel("b:latest", "d2", 36_000_000_000, 32_000_000_000, None, None, AT, -21.0)
ALARM = WatchAlarm(AT, "changes", 4, 300.0, ("a:7b", "b:latest"), "two-models", None, "thrash: " + "x " * 40, "stop")


def screen_of(*lines: Residents | WatchEvent | WatchAlarm) -> Screen:
    """Return a screen after the end of a watch that saw these."""
    screen = Screen()
    view = WatchScreen(Unbreakable(screen), Look(has_unicode=True, width=COLUMNS))
    for line in lines:
        if isinstance(line, Residents):
            view.look(line)
        else:
            assert view.show(line)
    view.close()
    return screen


def test_the_last_rows_are_who_is_there() -> None:
    """Since when, until when, how large, and which part is slow: at a glance."""
    lines = screen_of(Residents(AT, (A, B))).lines
    assert lines[0] == "watched for 0 s: 0 loads, 0 evictions"
    assert lines[1].split() == ["MODEL", "SIZE", "ON", "CPU", "CONTEXT", "SINCE", "STAYS"]
    assert lines[2].startswith("a:7b      5.0 GB           8192     ")
    assert lines[2].endswith("4 min 10 s")
    assert lines[3] == "b:latest  36.0 GB  4.0 GB           before    21 s over, in use or going"


def test_what_happens_goes_by_above_and_thrash_stays_below() -> None:
    """An alarm that scrolled away is still seen by whoever comes back."""
    loaded = WatchEvent("loaded", AT, "a:7b loaded: 5.0 GB, \x1b[2Jcontext 8192", "a:7b")
    lines = screen_of(Residents(AT, ()), loaded, ALARM, Residents(AT, (A,))).lines
    assert lines[0].endswith("· a:7b loaded: 5.0 GB, context 8192")
    assert [line[9:13] for line in lines[1:4]] == ["✗ th", "  x ", "→ st"]
    assert lines[-1] == "thrash: a:7b and b:latest"
    assert lines[-4] == "watched for 0 s: 1 load, 0 evictions"


def test_thrash_that_is_over_is_not_shown_any_more() -> None:
    """The last rows are of now."""
    lines = screen_of(ALARM, WatchEvent("calm", AT, "the thrash is over"), Residents(AT, ())).lines
    assert lines[-1] == "nothing is in memory"


def test_a_question_has_the_terminal_for_itself() -> None:
    """A passphrase is asked for when the connection comes back; the rows come again after it."""
    screen = Screen()
    view = WatchScreen(Unbreakable(screen), Look(has_unicode=True, width=COLUMNS))
    view.look(Residents(AT, (A,)))
    view(Warned("studio: the connection was lost"))
    view(Asking("the passphrase"))
    assert screen.lines[-1].endswith("! studio: the connection was lost")
    view(Answered())
    view.look(Residents(AT, (A,)))
    view.close()
    assert screen.lines[-1].startswith("a:7b")


def test_how_long_a_model_stays_is_in_words() -> None:
    """Three hundred years are for ever."""
    told = [stays(ResidentModel("a", "d", 1, 1, expires_in_s=left)) for left in (None, 9e9, 65.4, 0.2)]
    assert told == ["?", "for ever", "1 min 5 s", "0 s"]
