"""Telling a process from every other one, by what `ps` prints."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ccdeploy.release.process import (
    Digests,
    Process,
    RunState,
    command_digest,
    lstart,
    parse_lstart,
    parse_ps,
    parse_run_state,
    run_state_fields,
    run_state_text,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
PROCESS = Process(42, 1, NOON, "/srv/venv/bin/python /srv/venv/bin/litellm --port 8081")
STATE = RunState(42, NOON, 8081, "r1", None, PROCESS.command)


@pytest.mark.parametrize(("seconds", "is_same"), [(-3, False), (-2, True), (0, True), (2, True), (3, False)])
def test_a_start_time_may_move_by_two_seconds(seconds: int, is_same: bool) -> None:
    """Linux derives it from the boot time, which is corrected now and then."""
    assert STATE.is_same(replace(PROCESS, started=NOON + timedelta(seconds=seconds))) == is_same


def test_another_pid_or_command_is_another_process() -> None:
    """A pid comes again; so may a start time, after a reboot with the clock set back."""
    assert not STATE.is_same(replace(PROCESS, pid=43))
    assert not STATE.is_same(replace(PROCESS, command="sleep 5"))
    assert replace(STATE, command=None).is_same(replace(PROCESS, command="sleep 5"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("   42     1 Sat Jan 31 12:00:00 2026 a  b c", Process(42, 1, NOON, "a  b c")),
        ("42 1 Sat Jan  3 12:00:00 2026 x ", Process(42, 1, NOON.replace(day=3), "x")),
        ("42 1 Sat Jan 31 12:00:00 2026", Process(42, 1, NOON, "")),
    ],
)
def test_a_line_of_ps_is_a_process(line: str, expected: Process) -> None:
    """Of both systems: macOS pads with spaces, and a command keeps its own."""
    assert parse_ps(line) == [expected]


@pytest.mark.parametrize("line", ["", "?", "42", "a b Sat Jan 31 12:00:00 2026 x", "42 1 Sam Jan 31 12:00:00 2026 x"])
def test_a_line_of_another_shape_is_passed_over(line: str) -> None:
    """A question mark stands for a listener of another user."""
    assert parse_ps(f"{line}\n42 1 Sat Jan 31 12:00:00 2026 x") == [Process(42, 1, NOON, "x")]


def test_a_moment_is_written_as_ps_prints_it() -> None:
    """Scripts compare texts."""
    assert lstart(NOON.replace(day=3)) == "Sat Jan 3 12:00:00 2026"
    assert parse_lstart("Sat Jan  3 12:00:00 2026") == NOON.replace(day=3)


def test_a_run_state_is_read_as_the_host_and_we_write_it() -> None:
    """Both write the same form."""
    digests = Digests("a", "b", "c", "d")
    fields = run_state_fields(8081, "r1", digests, PROCESS.command)
    assert parse_run_state(run_state_text(PROCESS, fields)) == replace(STATE, digests=digests)
    assert parse_run_state(run_state_text(PROCESS, run_state_fields(8081, "r1", None))) == replace(STATE, command=None)


@pytest.mark.parametrize(
    "changes",
    [
        *({"pid": pid} for pid in (None, "x", -1, 0, 1, float("inf"), float("nan"))),
        {"port": []},
        *({"port": port} for port in (0, -8081, 65536, float("inf"))),
        *({"started": moment} for moment in ("today", 5)),
        {"digests": {"bundle": "a"}},
    ],
)
def test_a_run_state_of_another_shape_is_none(changes: dict[str, object]) -> None:
    """It is then as if nothing had been recorded; and -1 would be every process of the user."""
    raw = json.loads(run_state_text(PROCESS, run_state_fields(8081, "r1", None)))
    assert parse_run_state(json.dumps(raw | changes)) is None


def test_garbage_is_no_run_state() -> None:
    """Half a file, or one of another hand."""
    assert [parse_run_state(text) for text in ("", "{", "[]", "5", "[" * 100_000)] == [None] * 5


def test_a_command_line_is_the_same_for_every_release() -> None:
    """Otherwise there would never be nothing to do."""

    def digest(release: str, *more: str) -> str:
        path = f"/srv/releases/{release}"
        return command_digest(("/srv/litellm", "--config", f"{path}/config.yaml", *more), path)

    assert digest("r1") == digest("r2")
    assert digest("r1") != digest("r1", "--debug")
    assert digest("r1", "a b") != digest("r1", "a", "b")
