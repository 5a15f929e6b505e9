"""`run` as a process: whose streams and codes they are, and what signals, a terminal and a SIGKILL do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ccdeploy import app
from tests.faces.ending import assert_ends
from tests.support.at_terminal import at_terminal
from tests.support.studio import Studio
from tests.support.waiting import until

# Says whether Ctrl-C came once or twice, and ends with 9.
COUNTS = """\
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
print("ready", flush=True)
signal.sigwait({signal.SIGINT})
print("heard twice" if signal.sigtimedwait({signal.SIGINT}, 0.3) else "heard once", flush=True)
sys.exit(9)
"""
# Tidies up when it is told to end, and ends with 4.
TIDIES = """\
import signal, sys
def tidy(number, frame):
    print("tidied", flush=True)
    sys.exit(4)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, tidy)
open("began", "w").close()
while True:
    signal.pause()
"""


def task(studio: Studio, text: str) -> str:
    """Write a script into the project's folder, and return how one calls it."""
    path = studio.folder / "task"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return "./task"


def started(studio: Studio, line: str, face: str) -> subprocess.Popen[str]:
    """Start a face without a terminal, and wait until its command has begun."""
    process = subprocess.Popen(
        studio.command(line, face), cwd=studio.folder, env=studio.environment(), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: (studio.folder / "began").exists() or process.poll() is not None, "the command")
    return process


def test_the_streams_and_the_exit_code_are_the_commands(studio: Studio, face: str) -> None:
    """`ccdeploy run … | next` and `< file` do what they would do without it."""
    studio.deployed("coder")
    name = task(studio, 'cat; echo "$CCDEPLOY_CONFIG $1" >&2; exit 5')
    done = subprocess.run(
        studio.command(f"ccdeploy run first -- {name} --json", face), cwd=studio.folder, env=studio.environment(),
        input="what it reads\n", capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert_ends(done, 5, "./task ended with 5", remedy=False)
    assert done.stdout == "what it reads\n"
    assert "first --json\n" in done.stderr


def test_json_tells_the_deploy_the_command_and_the_way_back_apart(studio: Studio) -> None:
    """One document on stdout: what the command prints is beside it then."""
    first = studio.deployed("coder").release
    studio.config("large", "coder", "other")
    done = studio.run(f"ccdeploy run large --json -- {task(studio, 'echo printed; exit 3')}")
    assert_ends(done, 3, "printed", remedy=False)
    told = json.loads(done.stdout)
    assert (told["exit_code"], told["outcome"], told["error"]["type"]) == (3, "gone-back", "CommandEnded")
    assert (told["deploy"]["outcome"], told["command"]["code"], told["way_back"]["release"]) == ("deployed", 3, first)


def test_a_command_that_is_not_there_is_refused(studio: Studio, face: str) -> None:
    """No host is asked for it, and nothing is deployed."""
    studio.config("large", "coder")
    assert_ends(studio.run("ccdeploy run large -- ./no-such-task", face), 3, "there is no command './no-such-task'")


@pytest.mark.parametrize(("face", "number"), [("ccdeploy", signal.SIGTERM), ("fab", signal.SIGINT)])
def test_a_signal_ends_the_command_and_the_way_back_is_gone(studio: Studio, face: str, number: int) -> None:
    """A pipeline that is cancelled leaves the config that everybody counts on."""
    first = studio.deployed("coder").release
    studio.config("large", "coder", "other")
    (studio.folder / "tidies.py").write_text(TIDIES)
    with studio.watched() as promises:
        process = started(studio, f"ccdeploy run large -- {sys.executable} tidies.py", face)
        process.send_signal(number)
        out, err = process.communicate(timeout=180)
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert_ends(subprocess.CompletedProcess("", process.returncode, out, err), 4, "ended with 4", remedy=False)
    assert out == "tidied\n"


def test_ctrl_c_at_a_terminal_reaches_the_command_once_and_a_second_one_breaks_nothing(studio: Studio) -> None:
    """Whoever is impatient while it goes back would be left with the large config."""
    first = studio.deployed("coder").release
    studio.config("large", "coder", "other")
    (studio.folder / "counts.py").write_text(COUNTS)
    words = studio.command(f"ccdeploy run large -- {sys.executable} counts.py")
    with studio.watched() as promises, at_terminal(words, studio.environment(), studio.folder) as seat:
        seat.see("ready")
        seat.type("\x03")
        seat.see("heard ")
        seat.see("look whether")  # the first step of the way back, and of nothing else
        seat.type("\x03")
        code = seat.end()
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert (code, "heard once" in seat.screen) == (9, True), seat.screen


def test_a_terminal_that_is_closed_ends_the_command_and_the_way_back_is_gone(studio: Studio) -> None:
    """A window that is closed, a session that breaks off: nobody is there to see it, and it happens all the same."""
    first = studio.deployed("coder").release
    studio.config("large", "coder", "other")
    words = studio.command(f"ccdeploy run large -- {task(studio, 'echo ready; exec sleep 600')}")
    with at_terminal(words, studio.environment(), studio.folder) as seat:
        seat.see("ready")
        seat.hang_up()
        code = seat.end()
    assert (code, studio.current, studio.history[-1]["outcome"]) == (129, first, "rolled-back")


def test_a_run_that_was_killed_is_told_until_somebody_goes_back(studio: Studio) -> None:
    """Nothing on the host goes back by itself; whoever looks must be told which release it was."""
    first = studio.deployed("coder").release
    studio.config("large", "coder", "other")
    name = task(studio, "echo $$ >began; exec sleep 600")
    process = started(studio, f"ccdeploy run large -- {name}", "ccdeploy")
    until(lambda: (studio.folder / "began").read_text().strip(), "its pid")
    process.kill()
    os.kill(int((studio.folder / "began").read_text()), signal.SIGKILL)  # it would go on, and hold our pipes
    process.communicate(timeout=180)
    assert app.status(studio.project, None).drift == ()  # whoever holds the lock may be at work
    _fell_silent(studio.root / "lock" / "owner.json")
    assert_ends(studio.run("ccdeploy status"), 8, "only for as long as ./task runs", f"--to {first}", remedy=False)
    assert app.rollback(studio.project, None).release == first
    assert app.status(studio.project, None).drift == ()


def _fell_silent(owner: Path) -> None:
    """Let the last heartbeat of a lock be long ago."""
    told = json.loads(owner.read_text())
    owner.write_text(json.dumps({**told, "heartbeat": told["heartbeat"] - 120}))
