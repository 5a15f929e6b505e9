"""Proxies on a host, as values: what became of a start, what a log may show, what must be equal."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import LockLost, Refused
from ccdeploy.release.manifest import Manifest, Performer
from ccdeploy.remote import process
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.remote.lock import HeldLock, new_owner
from ccdeploy.remote.process import EndedSwitch
from ccdeploy.secret import Secret
from ccdeploy.settings import Host
from ccdeploy.shell.command import Command, Result
from ccdeploy.shell.deadman import Watch
from ccdeploy.shell.launch import Start
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.process import Stop
from ccdeploy.transport.local import LocalTransport
from tests.remote.hosts import host_at, put_release
from tests.remote.test_lock import Clock
from tests.shell.tiny import TINY, gone, recorded, tiny
from tests.support import fake_venv
from tests.support.free_port import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until


@pytest.fixture
def mine(root: Path, hold: Hold) -> HeldLock:
    """The lock of root, held on this machine."""
    return HeldLock(LocalTransport("studio"), hold, new_owner(Performer("ada", "laptop"), "test", Clock()))


@pytest.fixture
def deployed(root: Path) -> Callable[[], tuple[Host, Facts, Manifest]]:
    """A host with one release, asked anew each time."""
    fake_venv.make(root)
    (root / ".env").write_text("LITELLM_MASTER_KEY=sk-canary-canary\nPLAIN=word\n")
    put_release(root, "r1", state="verified")
    host = host_at(root)

    def ask() -> tuple[Host, Facts, Manifest]:
        facts = gather(LocalTransport("studio"), host)
        return host, facts, facts.releases[0]

    return ask


def test_a_started_proxy_is_described(mine: HeldLock, root: Path) -> None:
    """Whoever verifies it compares its pid with who listens."""
    start = tiny(root, free_port())
    started = process.switch(mine, "", None, None, start)
    assert (started.state, started.had_to_kill, started.still_draining, started.log) == ("bound", False, None, ())
    assert started.process is not None
    assert started.pid == started.process.pid
    assert started.listeners == (started.process,)
    assert started.process.command.endswith(str(root))


def test_an_old_proxy_that_ends_its_streams_is_told(mine: HeldLock, root: Path) -> None:
    """The verb then waits for it, after the new one has been recorded."""
    port = free_port()
    process.switch(mine, "", None, None, tiny(root, port))
    old = recorded(root, "serving", 20)
    with socket.create_connection(("127.0.0.1", port)):
        started = process.switch(mine, "", None, old, tiny(root, port))
        assert started.still_draining is not None
        assert started.still_draining.pid == old.pid
    assert process.drain(mine.transport, str(root), [old]) == ()
    assert not is_alive(old.pid)


def test_a_proxy_that_must_be_killed_is_told(mine: HeldLock, root: Path) -> None:
    """Streams were cut."""
    port = free_port()
    process.switch(mine, "", None, None, tiny(root, port, "--deaf"))
    old = recorded(root, "serving", 0)
    assert process.switch(mine, "", None, old, tiny(root, port)).had_to_kill
    until(gone(old.pid), "it was killed")


def test_the_log_of_a_dead_proxy_comes_without_secrets(mine: HeldLock, root: Path) -> None:
    """LiteLLM prints what it was configured with when it fails."""
    environment = {"SOME_PASSWORD": Secret("hunter2hunter2")}
    told = "print(os.environ['SOME_PASSWORD'], 'sk-1234567890', flush=True)"
    loud = (sys.executable, "-c", f"import os; {told}; raise ImportError")
    started = process.start_shadow(mine, "", tiny(root, free_port(), argv=loud, environment=environment, name="shadow"))
    assert started.state == "dead"
    assert started.log[0] == "*** ***"
    assert started.log[-1] == "ImportError"


def test_a_proxy_is_started_as_the_settings_say(
    deployed: Callable[[], tuple[Host, Facts, Manifest]], root: Path
) -> None:
    """Always by the absolute path of the release's own config, whatever `current` is."""
    host, facts, release = deployed()
    start = process.start(host, facts, release)
    port = str(host.listen.ports[0])
    config = f"{root}/releases/r1/config.yaml"
    executable = f"{root}/venv/bin/litellm"
    assert start.argv == (executable, "--config", config, "--host", "127.0.0.1", "--port", port)
    assert {name: value.reveal() for name, value in start.environment.items()} == {
        "LITELLM_MASTER_KEY": "sk-canary-canary",
        "PLAIN": "word",
        "GRACEFUL_SHUTDOWN_TIMEOUT": "900",  # 600 of drain_timeout, two of 120 of ready_timeout, and a minute
    }
    shadow = process.start_of_shadow(host, facts, release, ".shadow.yaml")
    assert shadow.port == host.listen.ports[1]
    assert shadow.argv[2].endswith("/releases/r1/.shadow.yaml")
    assert shadow.log != start.log
    assert "canary" not in repr(start)


@pytest.mark.parametrize(("drain_timeout_s", "grace"), [(0.001, "301"), (90.5, "391"), (86400.0, "86700")])
def test_a_proxy_may_finish_its_streams_for_longer_than_drain_timeout(
    deployed: Callable[[], tuple[Host, Facts, Manifest]], drain_timeout_s: float, grace: str
) -> None:
    """It is ccdeploy that cuts them, and tells; LiteLLM takes 0 for at once, and knows no upper bound."""
    host, facts, release = deployed()
    start = process.start(host.model_copy(update={"drain_timeout_s": drain_timeout_s}), facts, release)
    assert start.environment["GRACEFUL_SHUTDOWN_TIMEOUT"].reveal() == grace


def test_time_for_streams_is_in_no_digest_and_env_files_own_counts(
    deployed: Callable[[], tuple[Host, Facts, Manifest]], root: Path
) -> None:
    """What a newer ccdeploy adds by itself is no reason to deploy anew."""
    host, facts, release = deployed()
    longer = host.model_copy(update={"drain_timeout_s": 4242.0})
    assert process.start(host, facts, release).environment != process.start(longer, facts, release).environment
    assert process.start(host, facts, release).state == process.start(longer, facts, release).state
    (root / ".env").write_text("GRACEFUL_SHUTDOWN_TIMEOUT=5\n")
    host, facts, release = deployed()
    assert process.start(host, facts, release).environment == {"GRACEFUL_SHUTDOWN_TIMEOUT": Secret("5")}


def _env(root: Path) -> None:
    (root / ".env").write_text("OTHER=1\n")


def _version(root: Path) -> None:
    folder = root / "venv/lib/python3.11/site-packages"
    (folder / "litellm-1.106.2.dist-info").rename(folder / "litellm-1.108.0.dist-info")


@pytest.mark.parametrize(("change", "field"), [(_env, "env_file"), (_version, "litellm")])
def test_each_digest_changes_with_what_it_stands_for(
    deployed: Callable[[], tuple[Host, Facts, Manifest]], root: Path, change: Callable[[Path], None], field: str
) -> None:
    """ "Nothing to do" needs all four to be equal."""
    host, facts, _ = deployed()
    before = process.digests(host, facts, "bundle", facts.litellm)
    change(root)
    host, facts, _ = deployed()
    after = process.digests(host, facts, "bundle", facts.litellm)
    assert [name for name in vars(before) if getattr(before, name) != getattr(after, name)] == [field]


def test_the_command_digest_changes_with_the_arguments_and_not_with_the_release(
    deployed: Callable[[], tuple[Host, Facts, Manifest]],
) -> None:
    """Another release is no other command line."""
    host, facts, _ = deployed()
    more = host.model_copy(update={"litellm_args": ("--num_workers", "2")})
    now = process.digests(host, facts, "x", facts.litellm)
    assert process.digests(host, facts, "x", facts.litellm) == now
    assert process.digests(more, facts, "x", facts.litellm).command != now.command


def test_ending_a_shadow_ends_it_and_is_safe_to_repeat(mine: HeldLock, root: Path) -> None:
    """Clean-up after every kind of failure."""
    started = process.start_shadow(mine, "", tiny(root, free_port(), name="shadow"))
    assert started.pid is not None
    for _ in range(2):
        process.end_shadow(mine)
        assert not is_alive(started.pid)


def test_an_answer_that_is_not_whole_is_refused(root: Path) -> None:
    """A shell that ended early is no bound proxy."""

    class Silent(LocalTransport):
        def run(self, command: Command) -> Result:
            return Result(0, b"", b"")

    with pytest.raises(Refused, match="not whole"):
        process.look(Silent("studio"), str(root), 1, "logs/x")


def test_a_start_shows_no_secret() -> None:
    """Values end up in tracebacks."""
    start = Start("serving", ("litellm",), {"KEY": Secret("hunter2")}, 1, "logs/x", {}, 5)
    assert "hunter2" not in repr(replace(start, port=2))


def test_a_switch_that_nobody_waits_for_is_ended_under_the_lock(mine: HeldLock, root: Path) -> None:
    """Whoever goes back judges the host after this, and nothing may change it any more."""
    nothing = EndedSwitch(has_told_to_stop=False, is_unarmed=False)
    assert process.end_switch(mine, "one") == nothing
    (root / "run" / "switch.pid").write_text("1\nMon Jan 1 00:00:00 2001\n")
    nothing = EndedSwitch(has_told_to_stop=False, is_unarmed=False)
    assert process.end_switch(mine, "one") == nothing
    (root / "lock" / "owner.json").write_text("{}")
    with pytest.raises(LockLost):
        process.end_switch(mine, "one")


@pytest.mark.parametrize(
    ("files", "is_unarmed", "left"),
    [
        ((), False, []),
        ((".sh",), True, [".never"]),
        ((".sh", ".armed"), False, [".armed", ".sh"]),
        ((".sh", ".fired"), False, [".fired", ".sh"]),
    ],
    ids=["none", "put", "armed", "fired"],
)
def test_a_watch_that_was_not_armed_by_then_never_is(
    mine: HeldLock, root: Path, files: tuple[str, ...], is_unarmed: bool, left: list[str]
) -> None:
    """A switch that is on its way yet begins with that, and finds nothing to start."""
    folder = root / "run" / "deadman"
    folder.mkdir()
    for suffix in files:
        (folder / f"this{suffix}").touch()
    for _ in range(2):  # the answer may be lost with the connection
        ended = process.end_switch(mine, "one", Watch(mine.hold, "this"))
        assert ended == EndedSwitch(has_told_to_stop=False, is_unarmed=is_unarmed)
        assert sorted(path.suffix for path in folder.iterdir()) == left


def test_a_shadow_that_no_record_names_is_told_and_ended(mine: HeldLock, root: Path) -> None:
    """It would keep the spare port, and every next deploy would be refused for it."""
    ports = (free_port(), free_port())
    executable = root / "venv" / "bin" / "litellm"
    executable.parent.mkdir(parents=True)
    executable.write_text(TINY.read_text())
    config = root / "releases" / "r1" / "config.yaml"
    argv = (sys.executable, "-I", "-S", str(executable), "--config", str(config), "--port", str(ports[1]))
    process.start_shadow(mine, "", tiny(root, ports[1], argv=argv, name="shadow"))
    (root / "run" / "shadow.json").unlink()
    facts = gather(mine.transport, host_at(root, ports))
    shadow = facts.leftover_shadow
    assert shadow is not None
    assert (facts.running_shadow, shadow.pid) == (None, facts.listeners[ports[1]].processes[0].pid)
    assert replace(facts, root="/srv/other").leftover_shadow is None, "of another root"
    assert replace(facts, current="r1").leftover_shadow is None, "it may be what serves"
    assert replace(facts, ports=(ports[1], ports[0])).leftover_shadow is None, "it has the port that serves"
    assert not process.end_slot(mine, Stop(shadow.pid, shadow.started, ports[1], 0), 10)
    assert not is_alive(shadow.pid)


def test_a_stop_tells_whether_its_port_is_free(mine: HeldLock, root: Path) -> None:
    """`stop` must not say that nothing serves while something does."""
    started = process.switch(mine, "", None, None, tiny(root, free_port()))
    assert started.is_port_free is None
    assert process.switch(mine, "", None, recorded(root, "serving", 20), None).is_port_free is True
