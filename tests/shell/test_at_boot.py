"""run/at-boot.sh in every shell at hand: it starts what served, once, and nothing beside or instead of what runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.release.bundle import sha256
from ccdeploy.secret import Secret
from ccdeploy.shell import at_boot, lock, releases
from ccdeploy.shell.at_boot import LOG, SCRIPT, BootStart
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.releases import DAMAGED
from tests.shell.shells import ShellTransport
from tests.shell.tiny import gone, listens, tiny
from tests.support.free_port import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until

LONG_AGO = "Mon Jan 1 00:00:00 2001"
OWNER = '{"id": "at-boot", "who": "the host itself", "manual": false}'
CONFIG = b"model_list: []\n"


@pytest.fixture
def free(root: Path) -> Path:
    """A root that nobody holds, with one release."""
    shutil.rmtree(root / "lock")
    folder = root / "releases" / "r1"
    folder.mkdir()
    (folder / "config.yaml").write_bytes(CONFIG)
    return root


def written(root: Path, port: int, *words: str, **more: Any) -> Path:
    """Write the script of a root whose release is a tiny proxy; return its path."""
    before = releases.check_files("r1", {"config.yaml": sha256(CONFIG)}) + releases.activate("r1")
    boot = BootStart("r1", before, tiny(root, port, *words, **more))
    path = root / SCRIPT
    path.write_text(at_boot.boot_script(Hold(str(root), "at-boot"), OWNER, 60, boot))
    return path


def begin(here: ShellTransport, path: Path) -> subprocess.Popen[bytes]:
    """Run a script as a unit does: from another folder, with an environment of its own."""
    return subprocess.Popen(
        [here.shell, str(path)], cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "de_DE.UTF-8"}
    )


def boot(here: ShellTransport, path: Path) -> int:
    """Run it to its end, and return its status."""
    return begin(here, path).wait(timeout=180)


def recorded(root: Path) -> dict[str, Any]:
    """Return run/serving.json."""
    return dict(json.loads((root / "run" / "serving.json").read_text()))


@contextmanager
def held(here: ShellTransport, root: Path, owner: str) -> Iterator[Hold]:
    """Hold the lock of a root."""
    hold = Hold(str(root), "ada")
    assert here.run(lock.acquire(hold, owner, 60)).status == 0
    yield hold
    here.run(lock.release(hold))


def test_what_served_is_started_and_recorded_as_ccdeploy_does(here: ShellTransport, free: Path) -> None:
    """The next command has to know it for its own."""
    port, dump = free_port(), free / "environment"
    secret = {"LITELLM_MASTER_KEY": Secret('it\'s "$HOME" `x`\n%d'), "UID": Secret("5")}
    assert boot(here, written(free, port, "--environment", str(dump), environment=secret)) == 0
    run = recorded(free)
    assert (run["port"], run["release"]) == (port, "r1")
    assert is_alive(run["pid"])
    assert listens(port)
    assert str((free / "current").readlink()) == "releases/r1"
    assert not (free / "lock").exists()
    arrived = dict(line.partition(b"=")[::2] for line in dump.read_bytes().split(b"\0"))
    assert arrived[b"LITELLM_MASTER_KEY"] == secret["LITELLM_MASTER_KEY"].reveal().encode()
    assert (free / LOG).stat().st_mode & 0o077 == 0
    assert "bound" in (free / LOG).read_text()


def test_a_second_run_starts_nothing(here: ShellTransport, free: Path) -> None:
    """A unit may be started by hand, or at each login."""
    path = written(free, free_port())
    boot(here, path)
    run = recorded(free)
    assert boot(here, path) == 0
    assert recorded(free) == run
    assert not (free / "lock").exists()


def test_a_port_that_is_taken_is_left_to_who_has_it(here: ShellTransport, free: Path) -> None:
    """Another hand, or another supervisor, was quicker."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert boot(here, written(free, listener.getsockname()[1])) == 0
    assert not (free / "run" / "serving.json").exists()
    assert "is taken already" in (free / LOG).read_text()


def test_a_recorded_pid_that_is_another_process_by_now_is_no_proxy(here: ShellTransport, free: Path) -> None:
    """After a boot pids begin anew: here it is this very process."""
    port = free_port()
    (free / "run" / "serving.json").write_text(
        json.dumps({"pid": os.getpid(), "started": LONG_AGO, "port": port, "release": "r1"}) + "\n"
    )
    assert boot(here, written(free, port)) == 0
    assert recorded(free)["pid"] != os.getpid()


def test_it_waits_for_whoever_deploys_just_now(here: ShellTransport, free: Path) -> None:
    """A laptop that deploys notices the boot as a lost connection, and goes on: two must not start at once."""
    port = free_port()
    path = written(free, port)
    with held(here, free, '{"id": "ada", "manual": false}'):
        process = begin(here, path)
        until(lambda: (free / LOG).exists() and "waits for the lock" in (free / LOG).read_text(), "it waits")
        assert not listens(port)
    assert process.wait(timeout=180) == 0
    assert listens(port)


def test_the_lock_of_a_client_that_is_gone_is_taken_over(here: ShellTransport, free: Path) -> None:
    """The host went down in the middle of a deploy, and the laptop was closed since."""
    (free / "lock").mkdir()
    (free / "lock" / "owner.json").write_text('{"id": "ada", "manual": false, "heartbeat": 1}\n')
    assert boot(here, written(free, free_port())) == 0
    assert not (free / "lock").exists()


def test_a_lock_that_was_taken_by_hand_keeps_nobody_unserved(here: ShellTransport, free: Path) -> None:
    """It says that nobody shall deploy; it says nothing against what served."""
    port = free_port()
    path = written(free, port)
    with held(here, free, '{"id": "ada", "manual": true}'):
        assert boot(here, path) == 0
        assert json.loads((free / "lock" / "owner.json").read_text())["id"] == "ada"
    assert listens(port)


def test_a_release_whose_files_were_changed_is_not_started(here: ShellTransport, free: Path) -> None:
    """What is not what was verified does not serve."""
    path = written(free, free_port())
    (free / "releases" / "r1" / "config.yaml").write_text("changed")
    assert boot(here, path) == DAMAGED
    assert not (free / "run" / "serving.json").exists()
    assert not (free / "lock").exists()


def test_a_proxy_that_ends_while_it_boots_is_told(here: ShellTransport, free: Path) -> None:
    """systemd shows the unit as failed, and the log says why."""
    assert boot(here, written(free, free_port(), "--dead")) == 1
    assert "ImportError: no module named nowhere" in (free / LOG).read_text()
    assert not (free / "lock").exists()


def test_a_proxy_outlives_the_script_that_started_it(here: ShellTransport, free: Path) -> None:
    """Neither a stopped unit nor a closed terminal ends it."""
    process = begin(here, written(free, free_port()))
    process.wait(timeout=180)
    pid = recorded(free)["pid"]
    os.kill(pid, signal.SIGHUP)
    assert is_alive(pid)
    os.kill(pid, signal.SIGTERM)
    until(gone(pid), "it ends when it is told to")


def test_a_script_without_a_start_does_nothing(here: ShellTransport, free: Path) -> None:
    """Before the first deploy, and after `stop`."""
    path = free / SCRIPT
    path.write_text(at_boot.no_start())
    before = sorted(free.rglob("*"))
    assert boot(here, path) == 0
    assert sorted(free.rglob("*")) == before


@pytest.mark.parametrize("is_set_up", [False, True])
def test_it_is_written_anew_only_where_it_was_set_up(here: ShellTransport, free: Path, is_set_up: bool) -> None:
    """Nobody who did not ask for it finds the environment of the proxy in a second file."""
    if is_set_up:
        (free / SCRIPT).write_text("old")
        (free / SCRIPT).chmod(0o644)
    here.run(Command("keep", script(f"cd {quote(str(free))}", at_boot.keep_lines("it's new"))))
    if is_set_up:
        assert (free / SCRIPT).read_text() == "it's new"
        assert (free / SCRIPT).stat().st_mode & 0o777 == 0o600
    else:
        assert not (free / SCRIPT).exists()


def test_a_script_that_cannot_be_written_is_told_and_ends_nothing(here: ShellTransport, free: Path) -> None:
    """What serves is not given up for what a boot would start."""
    (free / SCRIPT).mkdir()
    told = here.run(Command("keep", script(f"cd {quote(str(free))}", at_boot.keep_lines("new"), "echo on")))
    assert told.text.split() == [at_boot.UNWRITTEN, "on"]
