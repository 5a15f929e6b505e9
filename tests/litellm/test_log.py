"""What LiteLLM's log says: of its own end, and how grave and how old each line is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ccdeploy.litellm.log import LogReader, dated, first_since, is_at_least, reason, telling

# Logs of a real LiteLLM; before each line stand its level and the time that it tells, in columns.
CASES = sorted((Path(__file__).resolve().parents[1] / "cases" / "log").glob("*.txt"))
TEXT_AT = len("warning  2026-11-24T22:18:55.006470 ")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ImportError: Could not import handler from nowhere", "ImportError: Could not import handler from nowhere"),
        ("yaml.scanner.ScannerError: mapping values", "yaml.scanner.ScannerError: mapping values"),
        ("Exception: Config file not found", "Exception: Config file not found"),
        ("ERROR:    [Errno 98] error while attempting to bind", "ERROR:    [Errno 98] error while attempting to bind"),
        ("ValueError", "ValueError"),
        ("INFO:     Application startup complete.", None),
        ("12:00:00 - LiteLLM:ERROR: router.py:1 - no Exception here", None),
        ("    raise ValueError('x')", None),
    ],
)
def test_the_line_that_names_the_end_is_found(line: str, expected: str | None) -> None:
    """It becomes the sentence of the error."""
    assert reason(["INFO: started", line, "INFO: stopped"]) == expected


def test_the_last_exception_counts() -> None:
    """What came before it was caught."""
    assert reason(["KeyError: 'a'", "During handling of the above exception", "RuntimeError: b"]) == "RuntimeError: b"
    assert reason([]) is None


def test_banners_are_left_out_and_the_end_is_kept() -> None:
    """Thirty lines of logo would push the cause out of sight."""
    logo = ["#------------#", "   ██╗   ", "", "# give feedback", "https://github.com/BerriAI/litellm/issues/new"]
    assert telling(["first", *logo, "last"]) == ("first", "last")
    assert telling([f"line {n}" for n in range(30)], most=2) == ("line 28", "line 29")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_line_of_a_real_log_has_its_level_and_its_time(case: Path) -> None:
    """Each release of LiteLLM may write otherwise; then a new recording goes beside these."""
    lines = [line for line in case.read_text().splitlines() if not line.startswith("# ")]
    assert len(lines) > 20
    reader = LogReader()
    for line in lines:
        level, _, stamp = line[:TEXT_AT].strip().partition(" ")
        entry = reader.read(line[TEXT_AT:])
        told = entry.stamp.isoformat() if entry.stamp else "-"
        assert (entry.level, told) == (level, stamp.strip()), line


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("\x1b[92m12:34:56 - LiteLLM Proxy:DEBUG\x1b[0m: proxy_server.py:12 - text", "debug"),
        ("WARNING:root:a module's own way", "warning"),
        ("[2026-11-24 10:00:00 +0100] [7] [CRITICAL] WORKER TIMEOUT (pid:9)", "critical"),
        ("/srv/venv/lib/x.py:12: DeprecationWarning: datetime.utcnow() is deprecated", "warning"),
        ('{"level": "ERROR", "message": "m", "timestamp": "no time"}', "error"),
    ],
)
def test_other_beginnings_of_a_message_are_known(line: str, level: str) -> None:
    """Colours, gunicorn, Python's own loggers and warnings: all of them write into the one log."""
    assert LogReader().read(line).level == level


@pytest.mark.parametrize("line", ["", "  indented", '{"a": 1}', "{no json", "INFORMATION: x", "25:61:61 - a"])
def test_a_line_that_begins_no_message_is_of_the_one_before(line: str) -> None:
    """A traceback that lost its level would be hidden from who looks for errors."""
    reader = LogReader()
    assert reader.read(line).level is None
    reader.read("12:00:00 - LiteLLM:WARNING: x.py:1 - m")
    assert reader.read(line).level == "warning"


def test_a_line_that_nests_without_end_is_a_line() -> None:
    """Whoever may write a prompt into the log must not end `logs`."""
    assert LogReader().read('{"a":' + "[" * 200_000).level is None


def test_a_traceback_is_an_error_whatever_stands_before_it() -> None:
    """A proxy that dies while it boots prints one with no level at all, after lines of INFO."""
    reader = LogReader()
    reader.read("INFO:     Waiting for application startup.")
    assert reader.read("Traceback (most recent call last):").level == "error"
    assert reader.read("ImportError: no module").level == "error"
    assert reader.read("INFO:     Shutting down").level == "info"


def test_levels_are_ordered_and_an_unknown_one_is_below_all() -> None:
    """`--level warning` means that or graver."""
    assert [is_at_least(level, "warning") for level in ("debug", "info", "warning", "error", "critical", None)] == [
        False, False, True, True, True, False,
    ]  # fmt: skip


def when(*lines: str, latest: datetime = NOON, offset_h: int = 0) -> list[str]:
    """Return the moments of lines, in UTC; - for none."""
    reader = LogReader()
    moments = dated([reader.read(line) for line in lines], latest, timezone(timedelta(hours=offset_h)))
    return [f"{moment.astimezone(UTC):%d %H:%M:%S}" if moment else "-" for moment in moments]


def test_a_time_of_day_gets_the_date_of_what_follows_it() -> None:
    """LiteLLM prints no date: yesterday's 23:59 comes before today's 00:01."""
    line = "{} - LiteLLM:INFO: x.py:1 - m".format
    assert when(line("13:00:00"), line("23:59:00"), "INFO:     no time", line("00:01:00"), line("11:59:59")) == [
        "23 13:00:00", "23 23:59:00", "-", "24 00:01:00", "24 11:59:59",
    ]  # fmt: skip


def test_lines_a_little_out_of_order_are_of_the_same_day() -> None:
    """Several threads and workers write into one log."""
    line = "{} - LiteLLM:INFO: x.py:1 - m".format
    assert when(line("11:00:02"), line("11:00:01"), line("12:00:30")) == ["24 11:00:02", "24 11:00:01", "24 12:00:30"]


def test_a_time_is_of_the_hosts_zone() -> None:
    """The host prints local times, and its clock is elsewhere than ours."""
    assert when("23:30:00 - LiteLLM:INFO: x - m", offset_h=9) == ["23 14:30:00"]
    assert when('{"level": "INFO", "timestamp": "2026-11-24T20:00:00.5"}', offset_h=9) == ["24 11:00:00"]
    assert when("[2026-11-24 10:00:00 +0100] [7] [INFO] Booting", offset_h=9) == ["24 09:00:00"]


def test_what_may_be_new_is_taken_for_new() -> None:
    """Access lines tell no time: those after the last line that is known to be old are shown."""
    old, new = NOON - timedelta(hours=1), NOON
    assert first_since([old, None, new, None], NOON) == 1
    assert first_since([None, new], NOON) == 0
    assert first_since([new, old], NOON) == 2
    assert first_since([], NOON) == 0
