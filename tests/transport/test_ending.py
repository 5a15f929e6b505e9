"""Time-outs and Ctrl-C: what a script started on the host ends with it, and nothing else does."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ccdeploy.errors import CommandTimedOut
from ccdeploy.shell.command import Command
from ccdeploy.transport import runner
from ccdeploy.transport.ssh import SshTransport
from tests.support import client
from tests.support.gate import Gate
from tests.support.processes import is_alive, pids_in
from tests.support.ssh_host import SshHost
from tests.support.waiting import until

SLOW = """
echo $$ >>{far}/pids
sleep 1000 & echo $! >>{far}/pids
sh -c 'echo $$ >>{far}/pids; trap "" TERM; while :; do sleep 1000; done'
touch {far}/went-on
"""


def test_a_time_out_ends_the_script_and_its_children(
    transport: SshTransport, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the channel ends nothing on a host: the script would go on behind our back."""
    monkeypatch.setattr(runner, "_ENDING_AFTER_TIMEOUT_S", 30.0)
    with pytest.raises(CommandTimedOut, match="what it had started there was ended"):
        transport.run(Command("slow", SLOW.format(far=far), timeout_s=5))
    for pid in pids_in(far / "pids", 3):
        until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")  # type: ignore[misc]
    assert not (far / "went-on").exists(), "the shell went on with its next line when its child had ended"


def test_a_time_out_spares_what_was_detached(transport: SshTransport, far: Path) -> None:
    """The proxy is started by a double fork: a time-out of the script that started it must not stop it."""
    script = f"(nohup sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >>{far}/pids)\nsleep 1000"
    with pytest.raises(CommandTimedOut):
        transport.run(Command("start", script, timeout_s=5))
    [proxy] = pids_in(far / "pids")
    assert is_alive(proxy)
    os.kill(proxy, signal.SIGKILL)


def test_a_time_out_only_stops_waiting_for_a_command_that_finishes(transport: SshTransport, far: Path) -> None:
    """A switch that is cut in the middle strands the host; one that ends late does not."""
    gate = Gate(far)
    script = f"echo $$ >>{far}/pids; read line <{gate.path}; echo $line; echo more; touch {far}/done"
    with pytest.raises(CommandTimedOut, match="it goes on there"):
        transport.run(Command("switch", script, timeout_s=1, finishes=True))
    [pid] = pids_in(far / "pids")
    assert is_alive(pid)
    gate.open()
    until((far / "done").exists, "the end of the script")


def test_the_connection_is_of_use_after_a_time_out(transport: SshTransport) -> None:
    """The rollback that follows a time-out needs it."""
    with pytest.raises(CommandTimedOut):
        transport.run(Command("slow", "sleep 1000", timeout_s=0.5))
    assert transport.run(Command("next", "echo well")).text == "well\n"


def test_a_command_before_the_timed_out_one_is_not_mistaken_for_it(transport: SshTransport, far: Path) -> None:
    """Only the script that is late may be ended, whatever else runs on the host."""
    started = f"(sh -c 'echo $$ >>{far}/pids; sleep 1000; :' </dev/null >/dev/null 2>&1 &)"
    transport.run(Command("other", started))
    [other] = pids_in(far / "pids")
    with pytest.raises(CommandTimedOut):
        transport.run(Command("slow", "sleep 1000", timeout_s=0.5))
    assert is_alive(other)
    # The parent first: without its child it would end by itself.
    transport.run(Command("clean up", f"kill {other} $(ps -A -o pid= -o ppid= | awk '$2 == {other} {{ print $1 }}')"))


def test_ctrl_c_ends_the_script_and_is_raised_at_once(ssh_host: SshHost, far: Path) -> None:
    """A person who interrupts wants the host as it was; Fabric's own `run` hung for 8 seconds here."""
    process = client.start(ssh_host, "run", SLOW.format(far=far))
    pids = pids_in(far / "pids", 3)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, "interrupted\n")
    for pid in pids:
        until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")  # type: ignore[misc]


def test_ctrl_c_waits_for_a_command_that_finishes(ssh_host: SshHost, far: Path) -> None:
    """The one moment of risk is short: it ends, and then the interruption is told."""
    gate = Gate(far)
    script = f"echo $$ >>{far}/pids; read line <{gate.path}; echo $line; touch {far}/done"
    process = client.start(ssh_host, "finishes", script)
    pids_in(far / "pids")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
    gate.open()
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "interrupted\n")
    assert (far / "done").exists()


def test_a_process_that_forgets_to_close_ends_at_once(ssh_host: SshHost) -> None:
    """A thread that keeps the interpreter alive would hang every `fab deploy` at its end."""
    process = client.start(ssh_host, "leave", "echo here")
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "answer here\n")
