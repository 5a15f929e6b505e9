"""Which process is meant, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ccdeploy.sandbox.processes import MARK, Process, end, marked, process_of, start_detached, started_at
from tests.support.waiting import until

DEAF = (
    "import signal, pathlib, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "pathlib.Path(sys.argv[1]).touch()\n"
    "signal.pause()"
)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that belongs to this test."""
    return {"PATH": os.defpath, MARK: str(tmp_path)}


def test_a_process_is_named_by_its_start_too() -> None:
    """A pid comes back after a while: the same number with another start is a stranger."""
    me = process_of(os.getpid())
    assert me
    assert me.is_alive
    assert not Process(me.pid, me.started - 60).is_alive


def test_pid_zero_is_nobody() -> None:
    """To `kill` it would mean the caller's whole group."""
    assert started_at(0) is None


def test_a_zombie_of_ours_counts_as_gone() -> None:
    """A dead part whose starter still lives would else be taken for running."""
    child = subprocess.Popen(["/bin/sh", "-c", "exit 0"])
    until(lambda: started_at(child.pid) is None, "the child is gone")


def test_a_detached_process_outlives_its_starter_and_has_a_session_of_its_own(
    tmp_path: Path, env: dict[str, str]
) -> None:
    """Ctrl-C in the terminal that brought the sandbox up must not reach its parts."""
    pid = start_detached(["/bin/sleep", "100"], output=tmp_path / "out", cwd=tmp_path, env=env)
    try:
        assert os.getsid(pid) != os.getsid(0)
        # While a process becomes another program, the system shows it without an environment.
        until(lambda: [p.pid for p in marked(str(tmp_path))] == [pid], "it is found")
    finally:
        assert end(lambda: marked(str(tmp_path)), 2) == 1


def test_the_mark_must_be_the_whole_path(tmp_path: Path, env: dict[str, str]) -> None:
    """A sandbox in `app` must not end the processes of the one in `app2`."""
    start_detached(["/bin/sleep", "100"], output=tmp_path / "out", cwd=tmp_path, env={**env, MARK: f"{tmp_path}2"})
    try:
        until(lambda: marked(f"{tmp_path}2"), "it is found by its own mark")
        assert marked(str(tmp_path)) == []
    finally:
        assert end(lambda: marked(f"{tmp_path}2"), 2) == 1


def test_the_caller_is_never_found(tmp_path: Path, env: dict[str, str]) -> None:
    """`sandbox down` typed inside a session of the sandbox must not end itself."""
    code = f"from ccdeploy.sandbox.processes import marked; print([p.pid for p in marked({str(tmp_path)!r})])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_a_process_that_is_deaf_to_term_is_killed(tmp_path: Path, env: dict[str, str]) -> None:
    """`down` leaves no process, whatever the process thinks of it."""
    ready = tmp_path / "ready"
    start_detached([sys.executable, "-c", DEAF, str(ready)], output=tmp_path / "out", cwd=tmp_path, env=env)
    until(ready.exists, "the process ignores SIGTERM")
    end(lambda: marked(str(tmp_path)), 0.2)
    assert marked(str(tmp_path)) == []
