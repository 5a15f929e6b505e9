"""What stands around a proxy, found by the real script in every shell at hand, and parsed."""

from __future__ import annotations

import os
import plistlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ccdeploy.clock import SystemClock
from ccdeploy.errors import Refused
from ccdeploy.remote.surroundings import Surroundings, ahead_s, logins, look_around, power
from ccdeploy.settings import Traefik
from tests.remote.hosts import host_at
from tests.shell.shells import ShellTransport

CASES = Path(__file__).parents[1] / "cases" / "doctor"
Look = Callable[..., Surroundings]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a folder of programs of its own, which comes first on PATH."""
    (tmp_path / "home" / "bin").mkdir(parents=True)
    return tmp_path / "home"


def program(home: Path, name: str, body: str) -> None:
    """Put a program on PATH that answers as the real one does."""
    path = home / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def look(here: ShellTransport, home: Path, dynamic: str | None = None) -> Surroundings:
    """Look around a host whose root is ~/ccproxy."""
    (home / "ccproxy" / "logs").mkdir(parents=True, exist_ok=True)
    environment = {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}
    transport = ShellTransport(Path(here.shell), environment)
    traefik = Traefik(url="https://coder.example.com", dynamic_file=dynamic) if dynamic else None
    return look_around(transport, host_at("~/ccproxy", traefik=traefik), SystemClock())


def test_a_host_without_anything_around(here: ShellTransport, home: Path) -> None:
    """Most hosts have no logind, no pmset and no unit; unknown stays unknown."""
    seen = look(here, home)
    assert (seen.units, seen.power, seen.dynamic, seen.logs) == ((), None, None, {})
    assert (seen.home, seen.path[0]) == (str(home), f"{home}/bin")
    assert "/usr/bin" in seen.folders
    assert seen.user
    assert seen.ahead_s == 0


def test_logs_are_measured_and_traefiks_file_is_read(here: ShellTransport, home: Path) -> None:
    """A name may hold spaces; the file of Traefik is below root, or anywhere."""
    (home / "ccproxy" / "logs").mkdir(parents=True)
    (home / "ccproxy" / "logs" / "litellm.log").write_bytes(b"x" * 1234)
    (home / "ccproxy" / "logs" / "a b.log").write_bytes(b"x" * 5)
    (home / "ccproxy" / "dyn.yml").write_text("http: {}\n")
    seen = look(here, home, dynamic="dyn.yml")
    assert seen.logs == {"litellm.log": 1234, "a b.log": 5}
    assert seen.dynamic == b"http: {}\n"


def test_a_unit_of_systemd_is_found_with_its_additions(here: ShellTransport, home: Path) -> None:
    """The command line may stand in a drop-in; the manager says whether it runs."""
    folder = home / ".config" / "systemd" / "user"
    (folder / "gateway.service.d").mkdir(parents=True)
    (folder / "gateway.service").write_bytes((CASES / "litellm.service").read_bytes())
    (folder / "gateway.service.d" / "port.conf").write_text("[Service]\nExecStart=\nExecStart=litellm --port 8082\n")
    (folder / "other.service").write_text("[Service]\nExecStart=/usr/bin/other\n")
    program(home, "systemctl", '[ "$1" = --user ] && echo "MainPID=4711\nActiveState=active\nUnitFileState=enabled"')
    (unit,) = look(here, home).units
    assert (unit.kind, unit.name, unit.commands) == ("systemd-user", "gateway.service", ("litellm --port 8082",))
    assert (unit.runs, unit.is_on, unit.pid) == (True, True, 4711)
    assert unit.folder == f"{home}/ccproxy"


@pytest.mark.parametrize("kind", [plistlib.FMT_XML, plistlib.FMT_BINARY], ids=["xml", "binary"])
def test_a_job_of_launchd_is_found(here: ShellTransport, home: Path, kind: plistlib.PlistFormat) -> None:
    """Whatever the form of its file; what launchd says of it decides whether it runs."""
    folder = home / "Library" / "LaunchAgents"
    folder.mkdir(parents=True)
    job = plistlib.loads((CASES / "com.example.litellm.plist").read_bytes())
    (folder / "com.example.litellm.plist").write_bytes(plistlib.dumps(job, fmt=kind))
    state = "\\tstate = running\\n\\tpid = 812\\n\\t\\tstate = not running\\n"
    program(home, "launchctl", f"case $2 in gui/*/com.example.litellm) printf '{state}' ;; esac")
    (unit,) = look(here, home).units
    assert (unit.kind, unit.name, unit.runs, unit.is_on, unit.pid) == ("agent", "com.example.litellm", True, True, 812)
    assert "--port 8081" in unit.commands[0]


@pytest.mark.parametrize(("word", "is_on"), [("disabled", False), ("true", False), ("enabled", True)])
def test_a_job_that_was_switched_off_stays_off(here: ShellTransport, home: Path, word: str, is_on: bool) -> None:
    """The remedy leaves the file where it is; doctor must see that it worked."""
    folder = home / "Library" / "LaunchAgents"
    folder.mkdir(parents=True)
    shutil.copy(CASES / "com.example.litellm.plist", folder)
    listing = f'disabled services = {{\n\t\t"com.example.other" => true\n\t\t"com.example.litellm" => {word}\n\t}}'
    program(home, "launchctl", f"[ \"$1\" = print-disabled ] && printf '{listing}\n'")
    (unit,) = look(here, home).units
    assert (unit.runs, unit.is_on) == (None, is_on)


def test_a_plist_that_is_none_is_passed_over(here: ShellTransport, home: Path) -> None:
    """launchd does not start it either."""
    folder = home / "Library" / "LaunchAgents"
    folder.mkdir(parents=True)
    (folder / "a.plist").write_text("litellm")
    (folder / "b.plist").write_text("<plist><array><string>litellm</string></array></plist>")
    assert look(here, home).units == ()


def test_sleep_and_logins_are_asked_of_the_programs_that_know(here: ShellTransport, home: Path) -> None:
    """Each is there on one system only."""
    program(home, "pmset", f'[ "$1" = -g ] && cat {CASES}/pmset-sleeps.txt')
    program(home, "loginctl", f'[ "$1" = show-session ] && cat {CASES}/logind-kills.txt')
    seen = look(here, home)
    assert seen.power
    assert (seen.power.sleeps_after_min, seen.power.prevented_by, seen.power.restarts) == (1, "powerd, sharingd", False)
    assert seen.logins
    assert (seen.logins.kills_those_of("ada"), seen.logins.kills_those_of("root")) == (True, False)


def test_a_cut_off_answer_is_refused(here: ShellTransport, home: Path) -> None:
    """Half an answer would be taken for a host in order."""
    program(home, "id", "kill -KILL $PPID")
    with pytest.raises(Exception, match=r"not whole|ended with|no exit status") as caught:
        look(here, home)
    assert isinstance(caught.value, Refused)


@pytest.mark.parametrize(("case", "expected"), [("sleeps", (1, False)), ("never", (0, True)), ("disabled", (0, None))])
def test_sleep_settings_of_macs(case: str, expected: tuple[int, bool | None]) -> None:
    """`Sleep On Power Button` is no sleep setting; SleepDisabled overrules the timer; a laptop has no autorestart."""
    found = power((CASES / f"pmset-{case}.txt").read_text())
    assert found
    assert (found.sleeps_after_min, found.restarts) == expected


def test_logind_may_mean_some_users_only() -> None:
    """KillOnlyUsers narrows it down, KillExcludeUsers takes out."""
    found = logins("KillUserProcesses=yes\nKillOnlyUsers=ada bob\nKillExcludeUsers=bob\n")
    assert found
    assert [found.kills_those_of(user) for user in ("ada", "bob", "eve")] == [True, False, False]
    spares = logins((CASES / "logind-spares.txt").read_text())
    assert spares
    assert not spares.kills_those_of("ada")
    assert logins("Failed to connect to bus") is None


@pytest.mark.parametrize(
    ("host_s", "took_s", "expected"),
    [(1000, 0, 0.0), (1000, 50, 0.0), (1040, 10, 30.0), (950, 10, -49.0), (1010, 60, 0.0)],
)
def test_the_round_trip_is_no_skew(host_s: int, took_s: float, expected: float) -> None:
    """A slow link must not make a clock that is right look wrong; the host tells whole seconds."""
    before = datetime.fromtimestamp(1000, UTC)
    assert ahead_s(host_s, before, before + timedelta(seconds=took_s)) == expected
