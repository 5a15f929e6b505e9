"""Scripts whose client is gone: what they may still do, how they are ended, and what they leave."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import CcdeployError
from ccdeploy.shell import process, releases
from ccdeploy.shell.command import Command
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NOT_WRITTEN
from ccdeploy.shell.process import Question
from tests.shell.shells import ShellTransport
from tests.shell.tiny import EVERY_STATUS, Answer, ask, gone, listens, recorded, serve, start_shadow, tiny
from tests.support.free_port import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until

ENDLESS_S = 3600.0


@contextmanager
def running(way: ShellTransport, question: Question) -> Iterator[list[Answer]]:
    """Run a script beside the test; yields where its answer will be, if it lives to give one."""
    answers: list[Answer] = []

    def run() -> None:
        with suppress(CcdeployError):
            answers.append(ask(way, question))

    thread = threading.Thread(target=run)
    thread.start()
    yield answers
    thread.join(timeout=30)
    assert not thread.is_alive(), "the script goes on"


def says(root: Path, word: str) -> bool:
    """Whether the switch script that runs has come as far as this word."""
    file = root / "run" / "switch.pid"
    return file.exists() and word in file.read_text().split("\n")


def proxies(way: ShellTransport, root: Path) -> list[int]:
    """Return the pids of the proxies that run for this root."""
    table = way.run(Command("ps", "ps -A -ww -o pid= -o args=")).text
    return [int(line.split()[0]) for line in table.splitlines() if str(root) in line]


def lose_the_lock(root: Path) -> None:
    """Let another take the lock over."""
    (root / "lock" / "owner.json").write_text('{"id": "other"}\n')


@pytest.mark.parametrize("patience_s", [3, ENDLESS_S])
def test_a_switch_that_lost_the_lock_neither_kills_nor_starts(
    here: ShellTransport, root: Path, hold: Hold, patience_s: float
) -> None:
    """Whoever took over has judged what serves; a script that goes on would stop it and serve what nobody verified."""
    port = free_port()
    old = replace(serve(here, hold, tiny(root, port, "--deaf")), patience_s=patience_s)
    with running(here, process.switch(hold, "", None, old, tiny(root, port))) as answers:
        until(lambda: says(root, "stopping"), "the old one was told to stop")
        lose_the_lock(root)
        if patience_s == ENDLESS_S:
            os.kill(old.pid, signal.SIGKILL)
    assert answers[0].status == LOCK_LOST
    assert is_alive(old.pid) == (patience_s != ENDLESS_S)
    assert recorded(root, "serving", 0).pid == old.pid
    assert proxies(here, root) == [old.pid] * (patience_s != ENDLESS_S)


def test_a_stop_that_lost_the_lock_forgets_no_record(here: ShellTransport, root: Path, hold: Hold) -> None:
    """By then it may be the record of what another has started."""
    old = replace(serve(here, hold, tiny(root, free_port(), "--deaf")), patience_s=ENDLESS_S)
    with running(here, process.switch(hold, "", None, old, None)) as answers:
        until(lambda: says(root, "stopping"), "the old one was told to stop")
        lose_the_lock(root)
        os.kill(old.pid, signal.SIGKILL)
    assert answers[0].status == LOCK_LOST
    assert (root / "run" / "serving.json").exists()


def test_a_switch_that_waits_for_the_old_one_can_be_ended(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A client that comes back must be able to judge a host that changes no more."""
    port = free_port()
    old = replace(serve(here, hold, tiny(root, port, "--deaf")), patience_s=ENDLESS_S)
    with running(here, process.switch(hold, "", None, old, tiny(root, port))) as answers:
        until(lambda: says(root, "stopping"), "the old one was told to stop")
        script = int((root / "run" / "switch.pid").read_text().split()[0])
        assert here.run(process.end_switch(hold)).text.split() == ["stopping"]
        assert not is_alive(script)
    assert not [answer for answer in answers if answer.parts]
    assert proxies(here, root) == [old.pid]
    assert listens(port)
    assert not (root / "run" / "switch.pid").exists()
    assert here.run(process.end_switch(hold)).text == ""


def test_a_switch_that_is_ended_leaves_how_far_it_had_come(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It may tell the old one to stop between a look at it and its end: bash would remove the word as it ends."""
    old = replace(serve(here, hold, tiny(root, free_port(), "--deaf")), patience_s=ENDLESS_S)
    with running(here, process.switch(hold, "", None, old, None)):
        until(lambda: says(root, "stopping"), "the old one was told to stop")
        script = int((root / "run" / "switch.pid").read_text().split()[0])
        os.kill(script, signal.SIGTERM)
        until(lambda: not is_alive(script), "the script has ended")
    assert says(root, "stopping")


def test_ending_a_switch_spares_what_it_started(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It is recorded, and whoever goes back decides about it."""
    with running(here, process.switch(hold, "", None, None, tiny(root, free_port(), "--late", ready_timeout_s=3600))):
        until(lambda: (root / "run" / "serving.json").exists() and proxies(here, root) != [], "it was started")
        assert (root / "run" / "switch.pid").exists()
        assert here.run(process.end_switch(hold)).text.strip() == ""
    assert proxies(here, root) == [recorded(root, "serving", 0).pid]


@pytest.mark.parametrize("writes", ["switch", "record"])
def test_a_script_says_that_it_runs_before_it_looks_at_the_lock_for_the_last_time(
    here: ShellTransport, root: Path, hold: Hold, writes: str
) -> None:
    """A host that goes back takes the lock and then ends what says so: one of the two must see the other."""
    lines = ": >written\n"
    asked = process.switch(hold, lines, None, None, None).command if writes == "switch" else None
    asked = asked or releases.record(hold, [lines], unlock=False, is_announced=True)
    says_so, line, rest = asked.script.partition("retract() {")
    assert "write run/switch.pid" in says_so
    assert here.run(replace(asked, script=f"{says_so}rm lock/owner.json\n{line}{rest}")).status == LOCK_LOST
    assert not (root / "written").exists()
    assert not (root / "run" / "switch.pid").exists()


def test_a_switch_that_has_ended_leaves_no_word_of_itself(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Its pid will be another process's."""
    serve(here, hold, tiny(root, free_port()))
    assert not (root / "run" / "switch.pid").exists()
    ask(here, process.switch(hold, "exit 77\n", None, None, tiny(root, free_port())))
    assert not (root / "run" / "switch.pid").exists()


@pytest.mark.parametrize("began", ["Mon Jan 1 00:00:00 2001\nstopping\n", "\n", ""])
def test_another_process_is_not_ended_for_a_switch(here: ShellTransport, root: Path, hold: Hold, began: str) -> None:
    """The pid that a host which lost power left behind may be anybody's: this very process, here."""
    (root / "run" / "switch.pid").write_text(f"{os.getpid()}\n{began}")
    assert here.run(process.end_switch(hold)).text == ""
    assert not (root / "run" / "switch.pid").exists()


def test_a_switch_is_ended_under_the_lock_alone(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It may be the switch of whoever took over."""
    assert here.run(process.end_switch(Hold(hold.root, "other"))).status == LOCK_LOST


def injected(question: Question, at: str, lines: str) -> Question:
    """Return a question whose script does something else just after a line of it."""
    assert question.command.script.count(at) == 1, "the script no longer says so"
    script = question.command.script.replace(at, at + lines)
    return replace(question, command=replace(question.command, script=script))


def test_a_script_that_is_ended_before_it_recorded_starts_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Ctrl-C at that moment would leave a proxy that no record names, on the port that the next deploy needs."""
    question = process.start_shadow(hold, "", tiny(root, free_port(), name="shadow"))
    question = injected(question, "me=$(exec sh -c 'echo \"$PPID\"')\n", 'kill -KILL "$$"\n')
    question = injected(question, "rm -f run/shadow.json; ", ": >run/done; ")
    with suppress(CcdeployError):
        ask(here, question)
    until((root / "run" / "done").exists, "the one that was to become the proxy has noticed")
    assert not (root / "run" / "shadow.json").exists()
    until(lambda: proxies(here, root) == [], "nothing runs")


def test_a_script_that_is_ended_once_it_recorded_leaves_a_proxy_by_name(
    here: ShellTransport, root: Path, hold: Hold
) -> None:
    """The next verb ends it, because its record names it."""
    question = process.start_shadow(hold, "", tiny(root, free_port(), name="shadow"))
    with suppress(CcdeployError):
        ask(here, injected(question, 'echo "$me"\n', 'kill -KILL "$$"\n'))
    until(lambda: proxies(here, root) != [], "it was started")
    shadow = recorded(root, "shadow", 0)
    assert proxies(here, root) == [shadow.pid]
    here.run(process.end(hold, "shadow", 5))
    assert not is_alive(shadow.pid)


def test_what_cannot_be_recorded_is_not_started(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Nobody could end it afterwards."""
    (root / "run" / "shadow.json").mkdir()
    answer = start_shadow(here, hold, tiny(root, free_port(), name="shadow"))
    assert answer.status == NOT_WRITTEN
    assert proxies(here, root) == []


def test_a_shadow_without_a_record_is_ended_by_its_identity(here: ShellTransport, root: Path, hold: Hold) -> None:
    """An attempt of an older version, or a record that was removed by hand, leaves one."""
    start_shadow(here, hold, tiny(root, free_port(), "--deaf", name="shadow"))
    shadow = recorded(root, "shadow", 0)
    (root / "run" / "shadow.json").unlink()
    other = replace(shadow, started=shadow.started.replace(year=2001))
    assert here.run(process.end_slot(hold, other)).status == 0
    assert is_alive(shadow.pid)
    assert here.run(process.end_slot(Hold(hold.root, "other"), shadow)).status == LOCK_LOST
    assert here.run(process.end_slot(hold, shadow)).status == 0
    until(gone(shadow.pid), "it was ended")
    assert replace(process.end_slot(hold, shadow), ok=EVERY_STATUS).finishes
