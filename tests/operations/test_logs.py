"""The end of a log: how far back it is read, by lines, by time and by level."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.operations import backlog
from ccdeploy.results import Log
from ccdeploy.units import moment
from tests.support.studio import KEY, Studio

ACCESS = 'INFO:     127.0.0.1:{} - "GET /v1/models HTTP/1.1" 200 OK'


def timed(minutes_ago: float, text: str, level: str = "INFO") -> str:
    """Return a line as LiteLLM writes it, of some minutes ago."""
    at = datetime.now().astimezone() - timedelta(minutes=minutes_ago)
    return f"{at:%H:%M:%S} - LiteLLM Proxy:{level}: x.py:1 - {text}"


def write(studio: Studio, *lines: str) -> None:
    """Write the log of what serves."""
    (studio.root / "logs" / "litellm.log").write_text("".join(f"{line}\n" for line in lines))


def ask(studio: Studio, **wanted: object) -> Log:
    """Ask for a log as the faces do."""
    return app.logs(studio.project, None, **wanted)  # type: ignore[arg-type]


def test_fifty_lines_are_shown_unless_more_are_asked_for(studio: Studio) -> None:
    """A screen full; the path says where the rest is."""
    write(studio, *(ACCESS.format(n) for n in range(200)))
    assert ask(studio).lines == tuple(ACCESS.format(n) for n in range(150, 200))
    assert len(ask(studio, lines=120).lines) == 120
    assert len(ask(studio, lines=1000).lines) == 200


def test_a_log_is_read_back_as_far_as_need_be(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one error of a busy day is far from its end, and what is not needed does not cross the wire."""
    monkeypatch.setattr(backlog, "FIRST_BYTES", 500)
    write(
        studio, timed(60, "bad", "ERROR"), "Traceback (most recent call last):", *(ACCESS.format(n) for n in range(300))
    )
    before = studio.around.commands()
    assert ask(studio, lines=2).lines == tuple(ACCESS.format(n) for n in (298, 299))
    assert studio.around.commands() - before == 2  # the facts, and one look at the log
    assert [line[-3:] for line in ask(studio, level="error").lines] == ["bad", "t):"]


def test_since_leaves_out_what_is_known_to_be_older(studio: Studio) -> None:
    """Lines without a time stay where they may be new: leaving one out could hide the cause."""
    write(studio, timed(30, "old"), ACCESS.format(1), timed(5, "new"), ACCESS.format(2))
    seen = ask(studio, since=timedelta(minutes=10))
    assert [line[-6:] for line in seen.lines] == ["200 OK", "- new", "200 OK"] or len(seen.lines) == 3
    assert seen.lines[0] == ACCESS.format(1)
    assert re.fullmatch(r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(seen.only))
    assert ask(studio, since=datetime.now(UTC) - timedelta(hours=1)).lines[0].endswith("old")
    assert ask(studio, since=timedelta(minutes=10), lines=1).lines == (ACCESS.format(2),)
    assert ask(studio, since=datetime.now(UTC) + timedelta(hours=1)).lines == ()


def test_since_in_a_log_without_times_is_refused(studio: Studio) -> None:
    """To show all of it, or nothing, would be an answer to another question."""
    write(studio, ACCESS.format(1), ACCESS.format(2))
    with pytest.raises(Refused, match="tells no time in any of its lines") as caught:
        ask(studio, since=timedelta(minutes=10))
    assert "-n" in str(caught.value.hint)
    path = studio.root / "logs" / "litellm.log"
    os.utime(path, (0, 0))
    assert ask(studio, since=timedelta(minutes=10)).lines == ()  # nothing was written since: that much is known


def test_a_level_takes_the_whole_message(studio: Studio) -> None:
    """A traceback without its last line says nothing."""
    write(
        studio,
        ACCESS.format(1),
        timed(3, "it went wrong", "ERROR"),
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "KeyError: 'a'",
        ACCESS.format(2),
        timed(2, "beware", "WARNING"),
    )
    assert [line.split(" - ")[-1] for line in ask(studio, level="warning").lines] == [
        "it went wrong", "Traceback (most recent call last):", '  File "x.py", line 1', "KeyError: 'a'", "beware",
    ]  # fmt: skip
    seen = ask(studio, level="critical")
    assert (seen.lines, seen.only) == ((), "critical or graver")


def test_a_very_long_line_is_cut_and_its_key_is_masked_first(studio: Studio) -> None:
    """LiteLLM at DEBUG writes whole prompts into one line; half a key at the cut would be half a secret."""
    write(studio, "x" * (backlog.LONGEST_LINE - 6) + KEY + "y" * 1000)
    (line,) = ask(studio).lines
    assert len(line) < backlog.LONGEST_LINE + 50
    assert KEY[:6] not in line
    assert line.endswith("more characters)")


def test_a_part_of_a_line_is_never_the_first_one_shown(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read begins anywhere; what is shown begins with a line, and over a turned log too."""
    monkeypatch.setattr(backlog, "FIRST_BYTES", 100)
    monkeypatch.setattr(backlog, "MOST_BYTES", 100)
    write(studio, *("x" * 30 for _ in range(20)))
    assert set(ask(studio, lines=1000).lines) == {"x" * 30}
    log = studio.root / "logs" / "litellm.log"
    log.rename(log.with_name("litellm.log.1"))
    write(studio, "new")
    assert ask(studio, lines=2).lines == ("x" * 30, "new")


def test_a_time_is_read_as_people_write_it() -> None:
    """A time ago, one of this machine's clock, and one as `history` prints it."""
    assert moment("10m") == timedelta(minutes=10)
    assert moment("2026-11-24T10:00Z") == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert moment("2026-11-24T10:00:05+02:00") == datetime(2026, 11, 24, 8, 0, 5, tzinfo=UTC)
    assert moment("2026-11-24T10:00") == datetime(2026, 11, 24, 10).astimezone()
    with pytest.raises(ValueError, match="'yesterday' is no time; write 10m or 2026-11-24T10:00"):
        moment("yesterday")
