"""Switching, stopping, draining and ending real processes, in every shell at hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ccdeploy.shell import process
from ccdeploy.shell.command import Command
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.process import Stop
from ccdeploy.transport.local import LocalTransport
from tests.shell.shells import ShellTransport
from tests.shell.tiny import (
    EVERY_STATUS,
    TINY,
    ask,
    gone,
    listens,
    recorded,
    serve,
    start_shadow,
    stream,
    tiny,
)
from tests.support.free_port import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until


def test_the_new_one_serves_while_the_old_one_ends_its_stream(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The gap is one boot, never as long as the longest stream."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    with stream(port):
        answer = ask(here, process.switch(hold, "", None, old, tiny(root, port)))
        assert answer.parts["state"] == "bound"
        assert answer.pid != old.pid
        assert answer.parts["old"].split()[0] == str(old.pid)
        assert is_alive(old.pid)
        assert recorded(root, "serving", 0).pid == answer.pid
    assert here.run(process.drain(str(root), [old])).text == ""
    assert not is_alive(old.pid)


def test_a_drain_waits_for_as_long_as_a_stream_runs(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Whoever reads a long answer reads it to its end: nothing is killed while there is patience left."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    drain = process.drain(str(root), [old])
    waits = "wait_on $looks;"
    assert drain.script.count(waits) == 1
    told = replace(drain, script=drain.script.replace(waits, f": >looked; {waits}"))
    with ThreadPoolExecutor(1) as pool:
        with stream(port):
            ask(here, process.switch(hold, "", None, old, tiny(root, port)))
            answer = pool.submit(here.run, told)
            until(lambda: (root / "looked").exists() or answer.done(), "the drain has looked")
            assert is_alive(old.pid)
        assert answer.result().text == ""
    assert not is_alive(old.pid)


@pytest.mark.skipif(
    not Path("/proc/uptime").exists(), reason="only Linux has a clock that a shell reads and nobody sets"
)
def test_a_clock_that_is_put_right_shortens_no_patience(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The host finds a time server in the midst of an answer: that the answer is read to its end does not change."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    script = process.drain(str(root), [old]).script
    for line, jumps in [
        ("now() { date +%s; }", "now() { echo $(($(date +%s) + $(cat jump))); }"),
        ("wait_on $looks;", "echo >>looked; wait_on $looks;"),
    ]:
        assert script.count(line) == 1
        script = script.replace(line, jumps)
    looks = root / "looked"
    (root / "jump").write_text("0")
    with ThreadPoolExecutor(1) as pool:
        with stream(port):
            ask(here, process.switch(hold, "", None, old, tiny(root, port)))
            answer = pool.submit(here.run, replace(process.drain(str(root), [old]), script=script))
            until(looks.exists, "the drain has looked")
            (root / "jump").write_text("86400")
            seen = looks.stat().st_size
            until(lambda: looks.stat().st_size > seen + 3 or answer.done(), "the drain has looked again")
            assert is_alive(old.pid)
        assert answer.result().text == ""


def test_a_drain_kills_only_after_its_patience_and_says_whom(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A stream is cut only when the user's own drain_timeout is over, and it is told."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    with stream(port):
        ask(here, process.switch(hold, "", None, old, tiny(root, port)))
        assert here.run(process.drain(str(root), [replace(old, patience_s=0)])).text.split() == [str(old.pid)]
        assert not is_alive(old.pid)


def test_who_waits_for_long_looks_seldom(here: ShellTransport) -> None:
    """A stream may take ten minutes: twenty looks a second took a seventh of a processor of the host that serves."""
    lines = "sleep() { echo $1; }; for looks in 0 19 20 600; do wait_on $looks; done"
    assert here.run(Command("wait", script(lines))).text.split() == ["0.05", "0.05", "0.5", "0.5"]


def test_a_drain_of_what_has_ended_is_quick_and_kills_nobody(here: ShellTransport, root: Path) -> None:
    """The pid may be another process by now: this very one, here."""
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    assert here.run(process.drain(str(root), [Stop(os.getpid(), long_ago, 1, 0)])).text == ""


def test_a_proxy_deaf_to_sigterm_is_killed_after_its_patience(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Else its port would never be free."""
    port = free_port()
    old = serve(here, hold, tiny(root, port, "--deaf"))
    answer = ask(here, process.switch(hold, "", None, replace(old, patience_s=0), tiny(root, port)))
    assert answer.parts["stop"] == "killed"
    assert answer.parts["state"] == "bound"
    assert not is_alive(old.pid)


def test_a_recycled_pid_is_not_stopped(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The recorded pid may belong to a stranger that listens, even on our port."""
    child = subprocess.Popen([sys.executable, "-I", "-S", str(TINY), "--port", str(port := free_port()), str(root)])
    try:
        until(lambda: listens(port), "the stranger listens")
        wrong = Stop(child.pid, datetime.now(UTC) - timedelta(minutes=5), port, 0)
        answer = ask(here, process.switch(hold, "", None, wrong, tiny(root, port, "--late", ready_timeout_s=5)))
        assert answer.parts["state"] == "foreign"
        here.run(process.drain(str(root), [wrong]))
        assert child.poll() is None
        (root / "run" / "shadow.json").write_text(
            json.dumps({"pid": child.pid, "started": "Mon Jan 1 00:00:00 2001", "port": port}) + "\n"
        )
        here.run(process.end(hold, "shadow", 0))
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("offset_s", [-3, -2, 0, 2, 3])
def test_a_start_time_may_differ_by_two_seconds(here: ShellTransport, root: Path, hold: Hold, offset_s: int) -> None:
    """Linux derives it from the boot time, which moves by a second now and then."""
    serving = serve(here, hold, tiny(root, free_port()))
    moved = serving.started + timedelta(seconds=offset_s)
    state = json.loads((root / "run" / "serving.json").read_text())
    (root / "run" / "shadow.json").write_text(json.dumps(state | {"started": process.start_times(moved)[0]}) + "\n")
    here.run(process.end(hold, "shadow", 5))
    assert is_alive(serving.pid) == (abs(offset_s) > 2)


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("Sat Jan 31 23:59:59 2026", "Sun Feb 1 00:00:01 2026", True),
        ("Thu Dec 31 23:59:59 2026", "Fri Jan 1 00:00:00 2027", True),
        ("Sat Feb 28 23:59:59 2032", "Sun Feb 29 00:00:00 2032", True),
        ("Sat Feb 28 23:59:59 2032", "Mon Mar 1 00:00:00 2032", False),
        ("Sat Jan 31 12:00:00 2026", "Sat Jan 31 12:00:03 2026", False),
        ("Sat Jan 31 12:00:00 2026", "Sun Jan 31 12:00:00 2027", False),
        ("", "Sat Jan 31 12:00:00 2026", False),
    ],
)
def test_nearness_is_right_across_days_and_years(here: ShellTransport, one: str, other: str, is_near: bool) -> None:
    """A deploy at midnight on New Year's Eve is a deploy too."""
    command = Command("near", script(f"is_near '{one}' '{other}'"), ok=EVERY_STATUS)
    assert (here.run(command).status == 0) == is_near


def test_a_switch_that_could_not_record_stops_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A full disk must be noticed while the old proxy still serves."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    (root / "run").rename(root / "elsewhere")
    (root / "run").write_text("no folder")
    answer = ask(here, process.switch(hold, "", None, old, tiny(root, port)))
    assert answer.status == NOT_WRITTEN
    assert listens(port)
    assert is_alive(old.pid)


def test_when_the_lines_before_fail_nothing_is_stopped(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A damaged release is found while the old proxy still serves."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    answer = ask(here, process.switch(hold, "exit 77\n", None, old, tiny(root, port)))
    assert answer.status == 77
    assert listens(port)


def test_a_switch_ends_the_shadow_and_forgets_it(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Two proxies' memory is only needed until the shadow has done its work; a deaf one is killed."""
    port, spare = free_port(), free_port()
    start_shadow(here, hold, tiny(root, spare, "--deaf", name="shadow"))
    shadow = recorded(root, "shadow", 0)
    answer = ask(here, process.switch(hold, "", shadow, None, tiny(root, port)))
    assert answer.parts["state"] == "bound"
    until(gone(shadow.pid), "the shadow is gone")
    assert not (root / "run" / "shadow.json").exists()


def test_a_stop_starts_nothing_and_forgets_the_record(here: ShellTransport, root: Path, hold: Hold) -> None:
    """`ccdeploy stop`."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    answer = ask(here, process.switch(hold, "", None, old, None))
    assert "state" not in answer.parts
    until(gone(old.pid), "it ended")
    assert not (root / "run" / "serving.json").exists()


def test_a_dead_leaders_port_is_not_waited_for_in_vain(root: Path, hold: Hold) -> None:
    """Its worker, or a stranger, may keep the port: patience is for streams, and it has none left."""
    here = LocalTransport("here")
    port = free_port()
    old = serve(here, hold, tiny(root, port, "--worker"))
    worker = int(ask(here, process.look(str(root), port, "logs/x", [])).parts["listeners"].split()[0])
    os.kill(worker, signal.SIGSTOP)
    os.kill(old.pid, signal.SIGKILL)
    patient = replace(old, patience_s=3600)
    question = process.switch(hold, "", None, patient, tiny(root, port, "--late"))
    command = replace(question.command, ok=EVERY_STATUS, timeout_s=30)
    assert question.parts(here.run(command).stdout)["state"] == "foreign"


@pytest.mark.parametrize("offset_s", [0, 1])
def test_still_serving_is_about_that_very_process(here: ShellTransport, root: Path, hold: Hold, offset_s: int) -> None:
    """What was verified a moment ago is recorded only if it serves yet."""
    from ccdeploy.shell.releases import GONE, still_serving

    port = free_port()
    serving = serve(here, hold, tiny(root, port))
    moment = process.start_times(serving.started + timedelta(seconds=offset_s))
    other = process.start_times(serving.started + timedelta(seconds=60))

    def status(pid: int, moments: list[str], port: int) -> int:
        return here.run(Command("serves", script(still_serving(pid, moments, port)), ok=EVERY_STATUS)).status

    assert status(serving.pid, moment, port) == 0
    assert status(serving.pid, other, port) == GONE
    assert status(serving.pid, moment, free_port()) == GONE
    os.kill(serving.pid, signal.SIGKILL)
    until(gone(serving.pid), "it ended")
    assert status(serving.pid, moment, port) == GONE


def test_a_look_tells_listeners_processes_and_the_log(here: ShellTransport, root: Path, hold: Hold) -> None:
    """What an error shows as evidence."""
    port = free_port()
    serving = serve(here, hold, tiny(root, port))
    parts = ask(here, process.look(str(root), port, "logs/serving.log", [serving.pid, 999_999_999])).parts
    assert parts["listeners"] == parts["alive"]
    assert parts["listeners"].split()[0] == str(serving.pid)
    assert parts["log"] == f"serves on {port}"
    assert ask(here, process.look(str(root / "nowhere"), port, "x", [])).status == NO_ROOT


def test_ending_what_was_never_started_is_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Clean-up is safe to repeat, with no record, or a broken one."""
    here.run(process.end(hold, "shadow", 0))
    (root / "run" / "shadow.json").write_text("{")
    here.run(process.end(hold, "shadow", 0))
    assert not (root / "run" / "shadow.json").exists()


def test_a_shadow_of_whoever_took_the_lock_over_is_left_alone(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It is verified just now, or serves already where Traefik was pointed at it."""
    start_shadow(here, hold, tiny(root, free_port(), name="shadow"))
    shadow = recorded(root, "shadow", 0)
    assert here.run(process.end(Hold(hold.root, "you"), "shadow", 0)).status == LOCK_LOST
    assert is_alive(shadow.pid)
    assert (root / "run" / "shadow.json").exists()
    here.run(process.end(hold, "shadow", 0))
    assert not is_alive(shadow.pid)
