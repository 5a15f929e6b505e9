"""Who listens, what runs, and who holds the lock, as facts of a real host in every shell at hand."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccdeploy.remote.facts import gather
from ccdeploy.shell.command import Command, Result
from tests.remote.hosts import host_at, put_run
from tests.shell.shells import ShellTransport, without_proc
from tests.shell.tiny import TINY
from tests.support.free_port import free_port
from tests.support.waiting import until


def started(pid: int) -> str:
    """Return when a process began, as run/*.json has it."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return " ".join(
        subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "TZ": "UTC0"}, check=True
        ).stdout.split()
    )


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("way", ["/proc", "lsof"])
def test_listeners_are_found_with_parent_and_command(
    here: ShellTransport, root: Path, listening: int, way: str
) -> None:
    """Who has the port decides whether a deploy may begin."""
    host = host_at(root, (listening, free_port()))
    facts = gather(_Forced(here) if way == "lsof" else here, host)
    mine, none = (facts.listeners[port] for port in host.listen.ports)
    assert [(p.pid, p.parent) for p in mine.processes] == [(os.getpid(), os.getppid())]
    assert "python" in mine.processes[0].command
    assert abs((mine.processes[0].started - datetime.now(UTC)).total_seconds()) < 86400
    assert not mine.has_unseen
    assert not mine.is_litellm
    assert not none


def test_all_workers_of_a_port_are_found(here: ShellTransport, root: Path) -> None:
    """`--num_workers` shares one port among several processes; the leader is the one to stop."""
    port = free_port()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        child = subprocess.Popen(["/bin/sleep", "600"], pass_fds=[listener.fileno()])
        try:
            found = gather(here, host_at(root, (port, free_port()))).listeners[port]
        finally:
            child.kill()
            child.wait()
    assert {p.pid for p in found.processes} == {os.getpid(), child.pid}
    assert found.leader is not None
    assert found.leader.pid == os.getpid()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a process of another user")
def test_a_listener_of_another_user_is_seen_without_a_pid(
    plain: ShellTransport, open_root: Path, listening: int
) -> None:
    """A port that seems free and is not would cost a restart its service."""
    found = gather(plain, host_at(open_root, (listening, free_port()))).listeners[listening]
    assert (found.processes, found.has_unseen, bool(found), found.is_litellm) == ((), True, True, False)


def test_what_runs_is_told_by_its_start_time_too(here: ShellTransport, root: Path) -> None:
    """The recorded pid may be another process by now."""
    host, pid = host_at(root), os.getpid()
    put_run(root, "serving", pid, started(pid), 8081)
    assert (found := gather(here, host)).running == found.serving is not None
    put_run(root, "serving", pid, "Mon Jan 1 00:00:00 2001", 8081)
    assert ((found := gather(here, host)).running, found.serving is None) == (None, False)
    put_run(root, "serving", pid, started(pid), 8081, command="another program")
    assert gather(here, host).running is None


@pytest.mark.parametrize("pid", [0, 4294967296, 99999999999999999999, 2147483647, 999999999])
def test_a_record_of_what_can_be_no_process_hides_no_other(here: ShellTransport, root: Path, pid: int) -> None:
    """All processes are asked for in one go, and ps answers nothing where one of them is none that it can have."""
    put_run(root, "serving", os.getpid(), started(os.getpid()), 8081)
    put_run(root, "shadow", pid, "Mon Jan 1 00:00:00 2001", 8082)
    facts = gather(here, host_at(root))
    assert facts.running == facts.serving is not None
    assert (facts.shadow_process, facts.missing_tools) == (None, ())


def test_a_port_that_can_be_none_hides_no_host(here: ShellTransport, root: Path) -> None:
    """Python reads no number of thousands of digits."""
    put_run(root, "serving", os.getpid(), started(os.getpid()), 8081)
    (root / "run" / "shadow.json").write_text('{"pid": 1, "port": ' + "9" * 5000 + "}\n")
    assert gather(here, host_at(root)).broken_records == ("shadow",)


def test_a_host_without_a_root_has_no_record(here: ShellTransport, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies where the shell begins is another's."""
    put_run(root, "serving", os.getpid(), started(os.getpid()), 8081)
    monkeypatch.chdir(root)
    way = ShellTransport(Path(here.shell), {**os.environ, "HOME": str(root)})
    facts = gather(way, host_at(root / "nowhere"))
    assert (facts.root_exists, facts.serving, facts.broken_records) == (False, None, ())


def test_a_shadow_that_was_left_behind_is_seen(here: ShellTransport, root: Path) -> None:
    """An attempt that was cut off leaves one."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "-I", "-S", str(TINY), "--port", str(port), str(root)])
    try:
        put_run(root, "shadow", child.pid, started(child.pid), port)
        until(
            lambda: (f := gather(here, host_at(root, (free_port(), port)))).running_shadow and f.listeners[port], "it"
        )
    finally:
        child.kill()
        child.wait()
    assert gather(here, host_at(root)).running_shadow is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "started": "", "port": 1}', "null"])
def test_a_record_that_is_none_is_unknown(here: ShellTransport, root: Path, text: str) -> None:
    """Half a file must not crash the verb that would put it right."""
    (root / "run" / "serving.json").write_text(text)
    (root / "lock" / "owner.json").write_text(text)
    facts = gather(here, host_at(root))
    assert (facts.serving, facts.running, facts.lock.owner) == (None, None, None)
    assert facts.broken_records == ("serving",)
    (root / "run" / "serving.json").unlink()
    assert gather(here, host_at(root)).broken_records == ()


def test_the_boot_of_the_host_is_told_in_its_own_time(here: ShellTransport, root: Path, tmp_path: Path) -> None:
    """A reboot is told by it from a proxy that ended by itself; macOS has no /proc, and tells it in its own words."""
    program = tmp_path / "bin" / "sysctl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '{ sec = 1769860800, usec = 4242 } Sat Jan 31 12:00:00 2026'\n")
    program.chmod(0o755)
    mac = _Without(here, "/proc/stat", {"PATH": f"{program.parent}:/usr/bin:/bin"})
    assert gather(mac, host_at(root)).booted == datetime(2026, 1, 31, 12, tzinfo=UTC)
    program.unlink()
    assert gather(_Without(here, "/proc/stat", {"PATH": "/nowhere"}), host_at(root)).booted is None
    if Path("/proc/stat").exists():
        (seconds,) = [line.split()[1] for line in Path("/proc/stat").read_text().splitlines() if "btime" in line]
        assert abs((gather(here, host_at(root)).booted or datetime.now(UTC)).timestamp() - int(seconds)) <= 1


def test_the_age_of_a_lock_is_that_of_its_heartbeat_or_of_its_folder(here: ShellTransport, root: Path) -> None:
    """By the host's clock, so that ours may be wrong."""
    now = int(datetime.now(UTC).timestamp())
    (root / "lock" / "owner.json").write_text(json.dumps({"heartbeat": now - 30}))
    assert 29 <= (gather(here, host_at(root)).lock.age_s or 0) < 60
    (root / "lock" / "owner.json").unlink()
    os.utime(root / "lock", (now - 90, now - 90))
    lock = gather(here, host_at(root)).lock
    assert (lock.is_stale, 89 <= (lock.age_s or 0) < 120) == (True, True)


class _Forced(ShellTransport):
    """A host without /proc."""

    def __init__(self, inner: ShellTransport) -> None:
        super().__init__(Path(inner.shell))

    def run(self, command: Command) -> Result:
        return super().run(without_proc(command))


class _Without(ShellTransport):
    """A host without a file, and with an environment of its own."""

    def __init__(self, inner: ShellTransport, path: str, environment: dict[str, str]) -> None:
        super().__init__(Path(inner.shell), environment)
        self._path = path

    def run(self, command: Command) -> Result:
        return super().run(Command(**{**command.__dict__, "script": command.script.replace(self._path, "/nowhere")}))
