"""Proxies with workers (`--num_workers`): a leader that must be killed takes them along, in every shell at hand."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccdeploy.shell import process
from ccdeploy.shell.command import Command
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.process import Stop
from tests.shell.shells import ShellTransport, without_proc
from tests.shell.tiny import ask, gone, listens, recorded, serve, start_shadow, stranger, stream, tiny
from tests.support.free_port import free_port
from tests.support.waiting import until


def worker_on(way: ShellTransport, root: Path, port: int) -> int:
    """Return the pid of the worker that listens."""
    return int(ask(way, process.look(str(root), port, "logs/x", [])).parts["listeners"].split()[0])


def test_a_leader_that_is_killed_in_a_switch_takes_its_workers_along(
    here: ShellTransport, root: Path, hold: Hold
) -> None:
    """They would keep the port, and what is started next could never have it."""
    port = free_port()
    old = serve(here, hold, tiny(root, port, "--worker", "--deaf"))
    worker = worker_on(here, root, port)
    answer = ask(here, process.switch(hold, "", None, replace(old, patience_s=0), tiny(root, port)))
    assert (answer.parts["stop"], answer.parts["state"]) == ("killed", "bound")
    until(gone(worker), "the worker ended")


def test_a_shadow_that_is_killed_takes_its_workers_along(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The spare port is needed by the next one."""
    port = free_port()
    start_shadow(here, hold, tiny(root, port, "--worker", "--deaf", name="shadow"))
    worker = worker_on(here, root, port)
    assert worker != recorded(root, "shadow", 0).pid
    here.run(process.end(hold, "shadow", 0))
    until(gone(worker), "the worker ended")


@pytest.mark.parametrize("way", ["/proc", "lsof"])
def test_a_drain_that_kills_ends_the_workers_that_still_stream(
    here: ShellTransport, root: Path, hold: Hold, way: str
) -> None:
    """They listen no more by then; what tells them is the stream that they have on the port."""
    port = free_port()
    old = serve(here, hold, tiny(root, port, "--worker"))
    worker = worker_on(here, root, port)
    with stream(port):
        ask(here, process.switch(hold, "", None, old, None))
        assert not listens(port)
        command = process.drain(str(root), [replace(old, patience_s=0)])
        here.run(without_proc(command) if way == "lsof" else command)
        until(gone(worker), "the worker ended")


def test_only_children_of_that_very_process_are_its_workers(here: ShellTransport) -> None:
    """Whoever else has a socket on the port is a stranger."""
    with stranger() as (port, pid):
        told = here.run(Command("workers", script(f"workers {os.getppid()} {port}; echo; workers 1 {port}"))).text
        mine, others = told.split("\n\n") if "\n\n" in told else ("", told)
        assert mine.split()[:1] in ([], [str(pid)])
        assert str(pid) in mine
        assert others.strip() == ""


@pytest.mark.parametrize("is_free", [True, False])
def test_a_stop_tells_whether_the_port_is_free(here: ShellTransport, root: Path, hold: Hold, is_free: bool) -> None:
    """What is stopped and yet listens is not stopped."""
    if is_free:
        old = serve(here, hold, tiny(root, free_port()))
        assert ask(here, process.switch(hold, "", None, old, None)).parts["port"] == "free"
        return
    with stranger() as (port, pid):
        gone_long_ago = Stop(pid, datetime(2001, 1, 1, tzinfo=UTC), port, 0)
        assert ask(here, process.switch(hold, "", None, gone_long_ago, None)).parts["port"] == "open"
