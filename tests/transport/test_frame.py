"""The frame around a script, in every /bin/sh at hand."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from ccdeploy.shell.command import Command
from ccdeploy.transport.frame import Frame, frame, read_answer
from tests.support.gate import Gate

SHELLS = {"dash": [], "bash": ["--posix"], "zsh": ["--emulate", "sh"], "busybox": ["sh"], "mksh": [], "ksh": []}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """The words that start a shell as /bin/sh."""
    path = shutil.which(request.param)
    if not path:
        pytest.skip(f"{request.param} is not installed")
    return [path, *SHELLS[request.param]]


def feed(shell: list[str], framed: Frame, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a frame in `shell`, as sshd would run /bin/sh."""
    data = framed.stdin if stdin is None else stdin
    return subprocess.run([*shell, *framed.argv[1:]], input=data, capture_output=True, check=False, timeout=180)


def test_the_pid_is_that_of_the_shell(shell: list[str]) -> None:
    """A time-out ends the script by it."""
    framed = frame(Command("pid", "ps -o ppid= -p $(sh -c 'echo $PPID') >/dev/null; echo $$"))
    answer = read_answer(framed.token, feed(shell, framed).stdout)
    assert answer.stdout == f"{answer.pid}\n".encode()


def test_the_status_is_that_of_the_script(shell: list[str]) -> None:
    """Everything above decides by it; `exit` and a plain last command both count."""
    assert feed(shell, frame(Command("exit", "exit 41"))).returncode == 41
    assert feed(shell, frame(Command("last", "true\nfalse"))).returncode == 1


def test_a_script_cut_off_anywhere_runs_nothing(shell: list[str], tmp_path: Path) -> None:
    """A connection that breaks while a script is on its way must not leave half a deploy."""
    framed = frame(Command("half", f"touch {tmp_path}/one\nif true; then\n  touch {tmp_path}/two\nfi\ntrue"))
    whole = framed.stdin
    assert whole.endswith(b"} </dev/null\n")
    for end in range(0, len(whole) - len(b"} </dev/null\n"), 7):
        feed(shell, framed, whole[:end])
        assert list(tmp_path.iterdir()) == [], f"{end} of {len(whole)} bytes ran something"


def test_no_program_in_a_script_reads_what_the_script_came_on(shell: list[str]) -> None:
    """It would wait for more input for as long as the channel is open, or eat the lines that follow it."""
    framed = frame(Command("cat", 'cat; read line; echo "end:$line"'))
    process = subprocess.Popen(
        [*shell, *framed.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin
    assert process.stdout
    give_up = threading.Timer(20, os.killpg, (process.pid, signal.SIGKILL))
    give_up.start()
    process.stdin.write(framed.stdin)
    process.stdin.flush()  # and it stays open
    assert process.stdout.readline().startswith(framed.token.encode())
    assert process.stdout.readline() == b"end:\n"
    give_up.cancel()
    process.communicate(timeout=180)


def test_a_script_that_ends_in_a_comment_or_a_here_document_is_still_closed(shell: list[str]) -> None:
    """Builders end as they like; the closing brace must not become part of their last line."""
    for script in ("echo yes # done", "cat <<'END'\nyes\nEND"):
        framed = frame(Command("ends", script))
        assert read_answer(framed.token, feed(shell, framed).stdout).stdout == b"yes\n"


def test_a_command_that_finishes_outlives_its_reader(shell: list[str], tmp_path: Path) -> None:
    """When the connection drops, its next line of output must not end a half-done switch."""
    gate = Gate(tmp_path)
    script = f"echo one; read line <{gate.path}; echo two; echo three; : >{tmp_path}/done"
    framed = frame(Command("finish", script, finishes=True))
    process = subprocess.Popen([*shell, *framed.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(framed.stdin)
    process.stdin.close()
    process.stdout.readline()  # the token
    assert process.stdout.readline() == b"one\n"
    process.stdout.close()
    gate.open()
    process.wait(180)
    assert (tmp_path / "done").exists()


def test_noise_before_the_token_is_no_part_of_the_answer() -> None:
    """A banner, or an `echo` in ~/.zshenv, with or without a newline at its end."""
    for noise in (b"", b"Welcome!\n", b"Welcome without an end"):
        assert read_answer("abc", noise + b"abc 42\nout\n").stdout == b"out\n"


def test_an_answer_without_the_token_is_no_answer() -> None:
    """The script never began: an empty output must not be taken for its answer."""
    assert read_answer("abc", b"This account is not available.\n").pid is None


def test_a_frame_does_not_show_its_script() -> None:
    """Scripts hold secrets, and values end up in logs and tracebacks."""
    assert "hunter2" not in repr(frame(Command("secret", "password=hunter2")))
