"""Processes of this machine: which one is meant, which belong to a sandbox, and how they end.

A process is named by its pid and the time at which it started, never by the pid alone. Everything
that a sandbox starts carries its path in the environment, so that `down` finds what the parts
started too (proxies, their workers, commands that hang).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MARK = "CCDEPLOY_SANDBOX"
_SAME_START_S = 2.0  # `ps` counts whole seconds, and the kernel's boot time is rounded
_PROC = Path("/proc")
_HAS_PROC = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Process:
    """One process: its pid and when it started, in seconds since 1970."""

    pid: int
    started: float

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        started = started_at(self.pid)
        return started is not None and abs(started - self.started) <= _SAME_START_S


def process_of(pid: int) -> Process | None:
    """Return the running process with this pid."""
    started = started_at(pid)
    return None if started is None else Process(pid, started)


def started_at(pid: int) -> float | None:
    """Return when the process started; None when there is none, or only its zombie."""
    if pid <= 0:
        return None  # for waitpid and kill these would mean a whole group
    with suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)  # a dead child of ours would stay a zombie otherwise
    return _started_from_proc(pid) if _HAS_PROC else _started_from_ps(pid)


def start_detached(argv: list[str], *, output: Path, cwd: Path, env: Mapping[str, str]) -> int:
    """Start a process in a session of its own, its output appended to a file, and return its pid.

    A shell between lets init inherit the process, so that it never becomes a zombie of the caller.
    """
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" </dev/null >>"$0" 2>&1 & echo $!', str(output), *argv],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    return int(done.stdout)


def marked(mark: str) -> list[Process]:
    """Return the processes that belong to the sandbox with this mark; the caller and its parents never do."""
    ours = _marked_in_proc(mark) if _HAS_PROC else _marked_in_ps(mark)
    mine = _ancestry()
    return [p for pid in ours if pid not in mine and (p := process_of(pid))]


def end(find: Callable[[], Iterable[Process]], grace_s: float) -> int:
    """End all that `find` returns until it returns none: TERM, and KILL after `grace_s`. Return how many."""
    told: dict[int, float] = {}
    now = time.monotonic()
    give_up = now + 2 * grace_s + 5
    while (left := list(find())) and now < give_up:
        for process in left:
            first = told.setdefault(process.pid, now)
            with suppress(ProcessLookupError, PermissionError):
                if first == now:
                    os.kill(process.pid, signal.SIGTERM)
                    os.kill(process.pid, signal.SIGCONT)  # a stopped process would never see it
                elif now - first >= grace_s:
                    os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.03)
        now = time.monotonic()
    return len(told)


def _started_from_proc(pid: int) -> float | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return _boot_time() + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _boot_time() -> float:
    for line in (_PROC / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def _started_from_ps(pid: int) -> float | None:
    words = _ps("-o", "stat=,lstart=", "-p", str(pid)).split()
    if len(words) != 6 or words[0].startswith("Z"):
        return None
    moment = datetime.strptime(" ".join(words[1:]), "%a %b %d %H:%M:%S %Y")
    return moment.replace(tzinfo=UTC).timestamp()


def _marked_in_proc(mark: str) -> list[int]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended meanwhile, or belongs to someone else
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _marked_in_ps(mark: str) -> list[int]:
    wanted = f" {MARK}={mark} "
    found = []
    for line in _ps("-axEww", "-o", "pid=,command=").splitlines():
        pid, _, command = line.strip().partition(" ")
        if pid.isdigit() and wanted in f"{command} ":
            found.append(int(pid))
    return found


def _ancestry() -> set[int]:
    pids = set()
    pid = os.getpid()
    while pid > 1 and pid not in pids:
        pids.add(pid)
        pid = _parent(pid)
    return pids


def _parent(pid: int) -> int:
    if not _HAS_PROC:
        return int(_ps("-o", "ppid=", "-p", str(pid)).strip() or 0)
    try:
        return int((_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _ps(*args: str) -> str:
    env = {**os.environ, "LC_ALL": "C", "TZ": "UTC0"}
    return subprocess.run(["/bin/ps", *args], env=env, capture_output=True, text=True, check=False).stdout
