"""The watcher itself, under each shell: it fires once or is ended, never both, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccdeploy.errors import CommandFailed
from ccdeploy.release.history import in_pieces
from ccdeploy.results import HistoryEntry
from ccdeploy.shell import at_boot, back, deadman
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.deadman import Watch, Watcher
from ccdeploy.shell.launch import Start
from ccdeploy.shell.lock import Hold, guard
from ccdeploy.shell.prelude import LOCK_LOST, script
from tests.shell.shells import ShellTransport
from tests.support.waiting import until

WENT = "echo went >>went\n"
ENTRY = HistoryEntry(
    "", "deploy", "", "r2", "r1", 'a "config" of 100%', "ada", 0.0, None, phases={"shadow": 1.5}, ended_by="host"
)


@dataclass
class Armed:
    """A watcher that runs, and the way to its host."""

    way: ShellTransport
    watch: Watch
    root: Path

    def do(self, lines: str) -> int:
        """Run lines under the lock; return their status."""
        ok = frozenset({0, LOCK_LOST})
        return self.way.run(Command("do", script(guard(self.watch.hold), lines), writes=True, ok=ok)).status

    def disarmed(self) -> int:
        """End the watch as a confirmation does; return the status."""
        return self.do(deadman.disarm_line(self.watch, is_armed=True))

    def ended(self) -> None:
        """Wait until nothing of the watcher is there any more."""
        until(lambda: not list((self.root / "run" / "deadman").iterdir()), "the watcher has ended")

    @property
    def went(self) -> int:
        """How often it went back."""
        path = self.root / "went"
        return len(path.read_text().split()) if path.exists() else 0

    @property
    def entry(self) -> dict[str, object]:
        """The one line of history.jsonl."""
        (line,) = (self.root / "history.jsonl").read_text().splitlines()
        return dict(json.loads(line))


def arm(
    way: ShellTransport, root: Path, hold: Hold, *, wait_s: int = 3600, back: str = WENT, name: str = "this"
) -> Armed:
    """Put a watcher on the host and start it, as a change does; it looks more often than once a second."""
    watch = Watch(hold, name)
    file = root / "run" / "deadman" / f"{name}.sh"
    file.parent.mkdir(exist_ok=True)
    owner = '{"id": "me.host", "manual": false}'
    text = deadman.text(watch, Watcher(wait_s, 60, "me.host", owner, back, "", in_pieces(ENTRY), 7))
    assert text.count(b"else sleep 1;") == 1, "the script no longer says so"
    assert text.count(b"sleep 15 &&") == 1, "the script no longer says so"
    file.write_bytes(text.replace(b"else sleep 1;", b"else pause;").replace(b"sleep 15 &&", b"pause &&"))
    armed = Armed(way, watch, root)
    beat(root, hold)
    assert armed.do(deadman.arm_lines(watch).replace("/bin/sh", way.shell)) == 0
    return armed


def beat(root: Path, hold: Hold, at: str = "$(date +%s)") -> None:
    """Renew the lock's heartbeat, or make it old."""
    line = f"""printf '{{"id": "{hold.id}", "manual": false, "heartbeat": %s}}\\n' "{at}" >lock/owner.json"""
    subprocess.run(["/bin/sh", "-c", line], cwd=root, check=True)


def test_a_watcher_that_nobody_ends_goes_back(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Its line of the history is one that every reader understands, and the lock is free afterwards."""
    armed = arm(here, root, hold, wait_s=30)
    armed.ended()
    assert armed.went == 1
    assert armed.entry["outcome"] == "failed"
    assert armed.entry["detail"] == "nobody confirmed within 30 s; the host went back by itself"
    assert (armed.entry["config"], armed.entry["seconds"], armed.entry["ended_by"]) == (ENTRY.config, 37, "host")
    assert not (root / "lock").exists()


@pytest.mark.parametrize(("status", "told"), [(3, ("failed", "unverified")), (1, ("stranded", "nothing good serves"))])
def test_what_came_of_it_is_told(
    here: ShellTransport, root: Path, hold: Hold, status: int, told: tuple[str, str]
) -> None:
    """A host that could not ask, and one on which nothing good serves, are other days than one that is well."""
    armed = arm(here, root, hold, back=f"exit {status}\n")
    beat(root, hold, "1")
    armed.ended()
    assert armed.entry["outcome"] == told[0]
    assert told[1] in str(armed.entry["detail"])


def test_a_watcher_goes_back_when_its_client_falls_silent(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The lock has lapsed then, and nobody could confirm any more."""
    armed = arm(here, root, hold)
    beat(root, hold, "1")
    armed.ended()
    assert armed.went == 1
    assert "its client was gone" in str(armed.entry["detail"])


def test_a_watcher_goes_back_when_it_is_told_to(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Whoever comes next need not wait for its time."""
    armed = arm(here, root, hold)
    assert "alive" not in here.run(deadman.end(hold, "this")).text
    assert armed.went == 1


def test_a_watcher_that_was_ended_does_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Nor does it when the lock lapses afterwards."""
    armed = arm(here, root, hold)
    assert armed.disarmed() == 0
    beat(root, hold, "1")
    armed.ended()
    assert armed.went == 0
    assert (root / "lock").exists()


def test_a_watcher_that_has_fired_cannot_be_ended(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Who confirms too late must learn it: what it would record serves no longer."""
    armed = arm(here, root, hold, back="until [ -e enough ]; do pause; done\n")
    beat(root, hold, "1")
    until((root / "run" / "deadman" / "this.fired").exists, "it has fired")
    assert armed.disarmed() == LOCK_LOST
    (root / "enough").touch()
    armed.ended()


def test_either_the_confirmation_or_the_watcher_wins(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Both at the same moment, again and again: never both, never neither."""
    for number in range(12):
        (root / "lock").mkdir(exist_ok=True)
        armed, before = arm(here, root, hold, name=f"n{number}"), went(root)
        beat(root, hold, "1")
        is_confirmed = armed.disarmed() == 0
        armed.ended()
        assert went(root) - before == (0 if is_confirmed else 1), f"round {number}"


def went(root: Path) -> int:
    """Return how often the host went back."""
    path = root / "went"
    return len(path.read_text().split()) if path.exists() else 0


def test_a_confirmation_in_the_last_instant_counts(
    here: ShellTransport, root: Path, hold: Hold, tmp_path: Path
) -> None:
    """It comes between the watcher's last look and its deed: whoever renames the state first decides."""
    grep = tmp_path / "programs" / "grep"
    grep.parent.mkdir()
    # The watcher looks with it whether its client is there; the answer is no, and the release confirmed by then.
    confirms = "mv run/deadman/this.armed run/deadman/this.over; exit 1"
    grep.write_text(f'#!/bin/sh\n[ ! -e {tmp_path}/last ] || {{ {confirms}; }}\nexec {shutil.which("grep")} "$@"\n')
    grep.chmod(0o755)
    way = ShellTransport(Path(here.shell), {"PATH": f"{grep.parent}:{os.environ['PATH']}"})
    armed = arm(way, root, hold)
    (tmp_path / "last").touch()
    armed.ended()
    assert armed.went == 0
    assert not (root / "history.jsonl").exists()


def test_two_watchers_of_one_state_go_back_once(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Started twice by whatever mistake, the second finds nothing to rename."""
    armed = arm(here, root, hold, back=f"until [ -e enough ]; do pause; done\n{WENT}")
    with subprocess.Popen([here.shell, armed.watch.path], stdout=subprocess.DEVNULL):
        beat(root, hold, "1")
        until((root / "run" / "deadman" / "this.fired").exists, "one has fired")
        (root / "enough").touch()
        armed.ended()
    assert armed.went == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_watcher_that_is_killed_keeps_no_lock(
    here: ShellTransport, root: Path, hold: Hold, number: signal.Signals
) -> None:
    """What renewed its heartbeat would do so for ever, and every command wait for a host that is at work."""
    name = f"killed-{os.getpid()}"
    arm(here, root, hold, back="until [ -e enough ]; do pause; done\n", name=name)
    beat(root, hold, "1")
    until((root / "run" / "deadman" / f"{name}.fired").exists, "it has fired")
    until(lambda: len(running(name)) == 3, "itself, what goes back, and what renews the heartbeat")
    os.kill(int((root / "run" / "deadman" / f"{name}.pid").read_text().split()[0]), number)
    (root / "enough").touch()
    until(lambda: not running(name), "nobody renews the heartbeat any more")


def running(script: str) -> list[str]:
    """Return the processes that run a script of this name."""
    table = subprocess.run(["/bin/ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in table.stdout.splitlines() if f"{script}.sh" in line]


def test_a_script_that_nobody_started_is_swept_away(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It holds secrets; one that watches, or goes back, is left alone."""
    armed = arm(here, root, hold)
    folder = root / "run" / "deadman"
    for name in ("never.sh", "goes.sh", "goes.fired", "was.never"):
        (folder / name).touch()
    assert armed.do(deadman.sweep_lines()) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["goes.fired", "goes.sh", "this.armed", "this.pid", "this.sh"]
    assert armed.disarmed() == 0
    (folder / "goes.fired").rename(folder / "goes.over")
    assert armed.do(deadman.sweep_lines()) == 0
    armed.ended()


def test_a_time_that_is_renewed_counts_from_then_on(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A client that goes back by itself needs other times than one that goes forward."""
    armed = arm(here, root, hold)
    assert here.run(deadman.extend(armed.watch, 0)).status == 0
    armed.ended()
    assert armed.went == 1


def test_a_watcher_that_does_not_start_is_told(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Without it nothing is risked."""
    watch = Watch(hold, "this")
    (root / "run" / "deadman").mkdir()
    (root / "run" / "deadman" / "this.sh").write_text("exit 1\n")
    lines = deadman.arm_lines(watch).replace("/bin/sh", here.shell).replace("-lt 200", "-lt 3")
    with pytest.raises(CommandFailed, match=str(deadman.NOT_ARMED)):
        here.run(Command("arm", script(guard(hold), lines), writes=True))
    assert not (root / "run" / "deadman" / "this.armed").exists()


@pytest.mark.parametrize("release", ["$(touch made)", "`touch made`", "x'; touch made; '", '"; touch made; "'])
def test_the_name_of_a_release_is_no_command(here: ShellTransport, root: Path, hold: Hold, release: str) -> None:
    """It is the name of a folder on the host, where another hand may have made one."""
    start = Start("serving", ("/srv/litellm",), {}, 1, "logs/l", {}, 5)
    before = back.Before(release, {}, "{}", start, "http://x", "python", None, None)
    boot = at_boot.boot_script(hold, "{}", 60, at_boot.BootStart(release, "", start))
    words = ("was never stopped", "starts release")
    said = [line for line in (back.lines(before) + boot).splitlines() if any(word in line for word in words)]
    assert len(said) == len(words)
    here.run(Command("say", script(f"cd {quote(str(root))}", "say() { :; }", *said)))
    assert not (root / "made").exists()
