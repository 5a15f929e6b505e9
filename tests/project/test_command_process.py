"""A command of the user's: how its end is told, and which signals reach it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.project import command_process
from ccdeploy.project.command_process import demand_command, run_command
from tests.support.waiting import until

READY = "open('ready', 'w').close(); "
WAITS = "import signal; " + READY + "signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY + "signal.pause(); signal.pause()"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(path: Path, text: str, mode: int = 0o755) -> str:
    """Write a script, and return how one calls it."""
    path.write_text(text)
    path.chmod(mode)
    return f"./{path.name}"


def when_ready(*numbers: int) -> None:
    """Send ourselves signals once the command has said that it is ready."""

    def send() -> None:
        until(Path("ready").exists, "the command")
        for number in numbers:
            os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()


@pytest.mark.parametrize(
    ("line", "code"), [("exit 0", 0), ("exit 77", 77), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
)
def test_the_end_is_told_as_a_shell_tells_it(line: str, code: int) -> None:
    """Scripts decide by it, and should not see that there was something in between."""
    assert run_command(["sh", "-c", line], os.environ).code == code


def test_what_cannot_be_started_is_told_as_a_shell_tells_it(here: Path) -> None:
    """It may go away between the look at it and its start."""
    assert run_command(["./gone"], os.environ).code == 127
    closed = run_command([script(here / "closed", "#!/bin/sh\n", 0o644)], os.environ)
    assert (closed.code, closed.detail) == (126, "./closed cannot be started: Permission denied")


def test_a_script_that_names_no_interpreter_is_one_for_sh(here: Path) -> None:
    """As every shell takes it: what runs by hand runs here."""
    assert run_command([script(here / "plain", 'exit "$1"\n'), "6"], os.environ).code == 6


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no-such-program", "write its path, or install it"),
        ("task", "write ./task"),
        ("./gone", "the path starts in the folder here"),
        ("./closed", "chmod +x ./closed"),
    ],
)
def test_a_command_that_is_not_there_is_refused_beforehand(here: Path, name: str, says: str) -> None:
    """A deploy and a way back for a typo are two gaps for nothing."""
    script(here / "task", "#!/bin/sh\n")
    script(here / "closed", "#!/bin/sh\n", 0o644)
    with pytest.raises(Refused, match="nothing was touched") as caught:
        demand_command(name)
    assert caught.value.hint == says


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_to_us_reaches_the_command_and_leaves_us_alive(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends ccdeploy means the command, and ccdeploy has the host to tidy up."""
    monkeypatch.setattr(command_process, "_has_terminal", lambda: False)
    before = signal.getsignal(number)
    when_ready(number)
    ran = run_command([sys.executable, "-SIc", WAITS], os.environ)
    assert ran.code == 128 + number
    if number != signal.SIGINT:  # of which Python makes an exception first
        assert number.name in ran.detail
    assert signal.getsignal(number) is before


def test_a_command_that_is_deaf_to_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI kills us too before long: the host must be restored until then."""
    monkeypatch.setattr(command_process, "GRACE_S", 0.05)
    monkeypatch.setattr(command_process, "_has_terminal", lambda: False)
    when_ready(signal.SIGTERM)
    ran = run_command([sys.executable, "-SIc", DEAF], os.environ)
    assert ran.code == 137
    assert "had to be killed" in ran.detail


def test_what_the_command_started_hears_of_it_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nobody else would tell the children of a script."""
    monkeypatch.setattr(command_process, "_has_terminal", lambda: False)
    inner = f'{sys.executable} -SIc "{WAITS}"; echo $? >code'
    when_ready(signal.SIGTERM)
    assert run_command(["sh", "-c", f"trap 'exit 3' TERM; {inner}"], os.environ).code == 3
    assert not (here / "code").exists()
