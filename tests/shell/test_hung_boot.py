"""A proxy that hangs in its boot and hears no SIGTERM, when the next one is to take its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ccdeploy.shell import process
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.process import Stop
from tests.shell.shells import ShellTransport
from tests.shell.tiny import ask, recorded, tiny
from tests.support.free_port import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until


def hanging(way: ShellTransport, hold: Hold, port: int) -> Stop:
    """Start a proxy that boots for ever and hears no SIGTERM."""
    root = Path(hold.root)
    ask(way, process.switch(hold, "", None, None, tiny(root, port, "--late", "--deaf", ready_timeout_s=0)))
    until(lambda: "boots" in (root / "logs" / "serving.log").read_text(), "it is deaf")
    return recorded(root, "serving", 0)


def test_a_new_proxy_that_hangs_in_its_boot_is_ended_before_the_next_starts(
    here: ShellTransport, root: Path, hold: Hold
) -> None:
    """It has no port to give up and hears no SIGTERM: nobody would know of it, and it would take the port one day."""
    port = free_port()
    hung = replace(hanging(here, hold, port), may_stream=False)
    assert is_alive(hung.pid)
    answer = ask(here, process.switch(hold, "", None, hung, tiny(root, port)))
    assert (answer.parts["state"], answer.parts["stop"].split()) == ("bound", ["killed"])
    assert not is_alive(hung.pid)


def test_an_old_proxy_that_has_closed_its_port_may_end_its_streams(
    here: ShellTransport, root: Path, hold: Hold
) -> None:
    """It was told to stop by a switch that was cut off; its users wait for their answers."""
    port = free_port()
    old = hanging(here, hold, port)
    answer = ask(here, process.switch(hold, "", None, old, tiny(root, port)))
    assert (answer.parts["state"], answer.parts["stop"]) == ("bound", "")
    assert is_alive(old.pid)
