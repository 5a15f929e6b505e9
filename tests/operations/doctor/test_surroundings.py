"""Clock, logs, PATH, sleep and logins, each judged alone."""

from __future__ import annotations

from typing import Any

import pytest

from ccdeploy.operations.doctor import clock, log, path, power, session
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.remote.surroundings import Logins, Power
from tests.operations.doctor.words import around, facts, heard
from tests.remote.hosts import manifest

REMOTE = "ssh -t studio.example.com"
RELEASE: dict[str, Any] = {"current": "r1", "releases": (manifest("r1"),)}


@pytest.mark.parametrize(("ahead_s", "says"), [(125.0, "2 min 5 s ahead of"), (-40.0, "40.0 s behind")])
def test_a_clock_that_is_wrong_is_told_with_the_direction(plain_seen: Seen, ahead_s: float, says: str) -> None:
    """Certificates and the order of history hang on it."""
    said = heard(clock.judge(around(plain_seen, ahead_s=ahead_s)))
    assert said.only.code == "clock"
    assert says in said.only.message


def test_a_clock_within_half_a_minute_is_in_order(plain_seen: Seen) -> None:
    """Nobody sets a clock for ten seconds."""
    said = heard(clock.judge(around(plain_seen, ahead_s=-30.0)))
    assert (said.codes, len(said.in_order)) == ([], 1)


@pytest.mark.parametrize(("size", "free", "codes"), [(9 * 10**8, 10**10, []), (2 * 10**9, 10**11, ["log-size"])])
def test_logs_that_grow_are_told(plain_seen: Seen, size: int, free: int, codes: list[str]) -> None:
    """The largest is named, and cut down without stopping who writes to it."""
    said = heard(log.judge(facts(around(plain_seen, logs={"a": 5, "litellm.log": size}), free_bytes=free)))
    assert said.codes == codes
    told = str(said.findings or said.in_order)
    assert "litellm.log" in told


def test_the_log_of_the_proxy_is_turned_over_before_it_is_removed(plain_seen: Seen) -> None:
    """Nobody loses the lines that the proxy writes meanwhile; on a small disk a hundred megabytes are much."""
    seen = facts(around(plain_seen, logs={"litellm.log": 2 * 10**8}), free_bytes=10**8, **RELEASE)
    restart = "ccdeploy restart --host studio"
    assert heard(log.judge(seen)).only.hint == f"{restart} && {REMOTE} 'rm {plain_seen.host.root}/logs/litellm.log.1'"


def test_a_log_that_was_turned_over_is_removed(plain_seen: Seen) -> None:
    """It was kept to be read, and a restart would keep it once more."""
    logs = {"litellm.log": 5, "litellm.log.2": 2 * 10**9}
    seen = facts(around(plain_seen, logs=logs), **RELEASE)
    assert heard(log.judge(seen)).only.hint == f"{REMOTE} 'rm {plain_seen.host.root}/logs/litellm.log.2'"


def test_the_log_of_what_was_started_by_hand_is_cut_down(plain_seen: Seen) -> None:
    """There is no release to restart; who writes at the end of the file goes on at the new end."""
    seen = facts(around(plain_seen, logs={"litellm.log": 2 * 10**9}), current=None)
    assert heard(log.judge(seen)).only.hint == f"{REMOTE} ': > {plain_seen.host.root}/logs/litellm.log'"


def test_a_path_without_homebrew_is_a_note(plain_seen: Seen) -> None:
    """On a Mac a terminal has it and an SSH command has not."""
    mac = around(plain_seen, path=("/usr/bin", "/bin"), folders=("/usr/bin", "/bin", "/opt/homebrew/bin"))
    said = heard(path.judge(mac))
    assert (said.only.code, said.only.severity) == ("path", "note")
    assert "PATH=/opt/homebrew/bin:/usr/bin:/bin >>" in str(said.only.hint)


@pytest.mark.parametrize("folders", [("/usr/local/bin", "/bin"), ("/usr/bin", "/bin", ""), (".", "/usr/bin", "/bin")])
def test_a_path_that_is_broken_is_a_warning(plain_seen: Seen, folders: tuple[str, ...]) -> None:
    """Without the system's own folders nothing is found; with `.` it depends on where one stands."""
    said = heard(path.judge(around(plain_seen, path=folders, folders=("/usr/bin", "/bin"))))
    assert (said.only.code, said.only.severity) == ("path", "warning")


@pytest.mark.parametrize(("minutes", "codes"), [(0, []), (1, ["sleep"]), (10, ["sleep"])])
def test_a_mac_that_sleeps_is_told(plain_seen: Seen, minutes: int, codes: list[str]) -> None:
    """That something keeps it awake at the moment is no promise."""
    said = heard(power.judge(around(plain_seen, power=Power(minutes, "powerd", True))))
    assert said.codes == codes
    if codes:
        assert "powerd keeps it awake" in said.only.message
        assert said.only.hint == "ssh -t studio.example.com 'sudo pmset -a sleep 0'"


def test_a_mac_that_stays_off_after_a_power_failure_is_told(plain_seen: Seen) -> None:
    """It is a server."""
    assert heard(power.judge(around(plain_seen, power=Power(0, None, False)))).only.code == "power-failure"
    assert heard(power.judge(around(plain_seen, power=Power(0, None, None)))).codes == []


@pytest.mark.parametrize(
    ("logins", "in_session", "codes"),
    [
        (Logins(True, (), ("root",)), True, ["kill-user-processes"]),
        (Logins(True, (), ("root",)), None, ["kill-user-processes"]),
        (Logins(True, (), ("root",)), False, []),
        (Logins(True, (), ("ada",)), True, []),
        (Logins(True, ("bob",), ()), True, []),
        (Logins(False, (), ("root",)), True, []),
        (None, True, []),
    ],
)
def test_logins_that_end_what_was_left_running(
    plain_seen: Seen, logins: Logins | None, in_session: bool | None, codes: list[str]
) -> None:
    """The proxy would die as ccdeploy hangs up; only in the scope of a login, and only for who is meant."""
    said = heard(session.judge(around(plain_seen, user="ada", logins=logins, in_session=in_session)))
    assert said.codes == codes
