"""history.jsonl, with the lines that a crash leaves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ccdeploy.release.history import parse, to_line
from ccdeploy.results import HistoryEntry

ENTRY = HistoryEntry("2026-01-31T12:00:00Z", "deploy", "deployed", "r2", "r1", "tdd", "ada", 12.5, 340)


def test_what_is_written_is_read_back_on_one_line() -> None:
    """Newlines of every alphabet stay inside their line."""
    entry = replace(ENTRY, detail="a\nb\r\u2028c\x85d", phases={"shadow": 1.5}, commit="1a2b", from_where="laptop")
    assert to_line(entry).isascii()
    assert "\n" not in to_line(entry)
    assert parse(to_line(entry) + "\n") == [entry]


def test_torn_lines_are_passed_over() -> None:
    """A host that lost power loses one line, not its history."""
    whole = to_line(ENTRY)
    assert parse(f"{whole}\n{whole[:40]}\n\n{whole}\n{whole[:-1]}") == [ENTRY, ENTRY]


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"at": "x"}',
        json.dumps(json.loads(to_line(ENTRY)) | {"seconds": "long"}),
        json.dumps(json.loads(to_line(ENTRY)) | {"phases": None}),
        json.dumps(json.loads(to_line(ENTRY)) | {"downtime_ms": "1"}),
        json.dumps(json.loads(to_line(ENTRY)) | {"seconds": float("nan")}),
        json.dumps(json.loads(to_line(ENTRY)) | {"downtime_ms": float("inf")}),
        json.dumps(json.loads(to_line(ENTRY)) | {"phases": {"shadow": "long"}}),
        json.dumps(json.loads(to_line(ENTRY)) | {"at": 5}),
        json.dumps(json.loads(to_line(ENTRY)) | {"who": None}),
        json.dumps(json.loads(to_line(ENTRY)) | {"release": ["r2"]}),
        json.dumps(json.loads(to_line(ENTRY)) | {"detail": {}}),
        json.dumps(json.loads(to_line(ENTRY)) | {"commit": 1}),
    ],
)
def test_what_is_no_attempt_is_passed_over(line: str) -> None:
    """The report adds and rounds these values, and writes the others into a table."""
    assert parse(line) == []


def test_fields_of_a_later_version_are_passed_over() -> None:
    """Two people may have two versions of ccdeploy."""
    assert parse(json.dumps(json.loads(to_line(ENTRY)) | {"colour": "blue"})) == [ENTRY]


def test_a_phase_is_read_back_and_is_not_written_where_there_is_none() -> None:
    """Most attempts are of a whole config."""
    entry = replace(ENTRY, phase=2)
    assert parse(to_line(entry)) == [entry]
    assert "phase" not in json.loads(to_line(ENTRY))
    assert parse(json.dumps(json.loads(to_line(ENTRY)) | {"phase": "2"})) == [ENTRY]
