"""Starting, switching, ending and draining real processes, in every shell at hand."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccdeploy.errors import CommandTimedOut
from ccdeploy.secret import Secret
from ccdeploy.shell import process
from ccdeploy.shell.command import Command
from ccdeploy.shell.launch import LOG_KEPT_BYTES, LOG_LINES, Start
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.process import Question, Stop
from ccdeploy.transport.local import LocalTransport
from tests.shell.shells import ShellTransport, without_proc
from tests.support.gateway import free_port
from tests.support.processes import is_alive
from tests.support.waiting import until

TINY = Path(__file__).with_name("tiny_proxy.py")
EVERY_STATUS = frozenset(range(256))
READY_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What a script told: its status, and the parts of its answer if it came to them."""

    status: int
    parts: Mapping[str, str]

    @property
    def pid(self) -> int:
        """The process that was started."""
        return int(self.parts["pid"])


def tiny(root: Path, port: int, *words: str, name: str = "serving", **more: Any) -> Start:
    """Return how a tiny proxy is started; its command line names root, so that no test leaves one behind."""
    argv = (sys.executable, "-I", "-S", str(TINY), "--port", str(port), *words, "--root", str(root))
    state = {"port": port, "release": "r1", "digests": None}
    start = Start(name, argv, {}, port, f"logs/{name}.log", state, READY_S)
    return replace(start, **more)


def ask(way: LocalTransport, question: Question) -> Answer:
    """Run a question, whatever it ends with."""
    result = way.run(replace(question.command, ok=EVERY_STATUS))
    return Answer(result.status, question.parts(result.stdout) if result.status == 0 else {})


def start_shadow(way: LocalTransport, hold: Hold, start: Start) -> Answer:
    """Start a shadow that is a tiny proxy."""
    return ask(way, process.start_shadow(hold, "", start))


def serve(way: LocalTransport, hold: Hold, start: Start) -> Stop:
    """Bring a tiny proxy into service, and return how it is stopped."""
    answer = ask(way, process.switch(hold, "", None, None, start))
    assert answer.parts["state"] == "bound"
    return recorded(Path(hold.root), start.name, patience_s=READY_S)


def recorded(root: Path, name: str, patience_s: float) -> Stop:
    """Return the process that run/NAME.json records."""
    run = json.loads((root / "run" / f"{name}.json").read_text())
    started = datetime.strptime(run["started"], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return Stop(run["pid"], started, run["port"], patience_s)


@contextmanager
def stream(port: int) -> Iterator[socket.socket]:
    """Hold a request in flight."""
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        yield connection


@contextmanager
def stranger() -> Iterator[tuple[int, int]]:
    """Let a process that is none of ours listen; yields its port and pid: this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1], os.getpid()


def gone(pid: int) -> Callable[[], bool]:
    """Return whether a process is gone, to wait for."""
    return lambda: not is_alive(pid)


def test_a_proxy_that_listens_is_bound_and_recorded(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The record is what every later verb tells the process by."""
    port = free_port()
    answer = start_shadow(here, hold, tiny(root, port, name="shadow"))
    assert answer.parts["state"] == "bound"
    run = json.loads((root / "run" / "shadow.json").read_text())
    assert (run["pid"], run["port"], run["release"]) == (answer.pid, port, "r1")
    assert str(answer.pid) in answer.parts["process"]
    assert answer.parts["listeners"] == answer.parts["process"]
    assert "log" not in answer.parts


def test_the_listener_is_found_without_proc(here: ShellTransport, root: Path, hold: Hold) -> None:
    """macOS has no /proc; there lsof tells."""
    question = process.start_shadow(hold, "", tiny(root, free_port(), name="shadow"))
    answer = ask(here, replace(question, command=without_proc(question.command)))
    assert answer.parts["state"] == "bound"
    assert answer.parts["listeners"] == answer.parts["process"]


def test_a_proxy_that_ends_is_dead_and_its_log_is_shown(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The end of its log is the evidence."""
    (root / "logs" / "shadow.log").write_text("old\n" * 100)
    answer = start_shadow(here, hold, tiny(root, free_port(), "--dead", name="shadow"))
    assert answer.parts["state"] == "dead"
    lines = answer.parts["log"].splitlines()
    assert lines[-1] == "ImportError: no module named nowhere"
    assert len(lines) == LOG_LINES


def test_a_program_that_is_not_there_is_dead(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The log then holds what nohup says."""
    answer = start_shadow(here, hold, tiny(root, free_port(), argv=(str(root / "nowhere"),), name="shadow"))
    assert answer.parts["state"] == "dead"
    assert "nowhere" in answer.parts["log"]


def test_a_proxy_that_does_not_listen_in_time_is_late_and_lives(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Whoever gave up on it ends it: it is recorded."""
    answer = start_shadow(here, hold, tiny(root, free_port(), "--late", name="shadow", ready_timeout_s=0))
    assert answer.parts["state"] == "late"
    assert is_alive(answer.pid)
    here.run(process.end(str(root), "shadow", 5))
    assert not is_alive(answer.pid)
    assert not (root / "run" / "shadow.json").exists()


def test_the_port_of_a_stranger_is_foreign(here: ShellTransport, root: Path, hold: Hold) -> None:
    """LiteLLM takes a random port when its own is busy; the old answers would come from somebody else."""
    with stranger() as (port, pid):
        answer = start_shadow(here, hold, tiny(root, port, "--late", name="shadow"))
        assert answer.parts["state"] == "foreign"
        assert answer.parts["listeners"].split()[0] == str(pid)


def test_a_worker_that_listens_counts_for_its_parent(here: ShellTransport, root: Path, hold: Hold) -> None:
    """With --num_workers the process that was started need not be the one that listens."""
    answer = start_shadow(here, hold, tiny(root, free_port(), "--worker", name="shadow"))
    assert answer.parts["state"] == "bound"
    listener = answer.parts["listeners"].split()
    assert listener[1] == str(answer.pid) != listener[0]


def test_a_script_without_the_lock_starts_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Two deploys at once would start two shadows on one port."""
    answer = start_shadow(here, Hold(hold.root, "other"), tiny(root, free_port(), name="shadow"))
    assert answer.status == LOCK_LOST
    assert not list((root / "run").iterdir())


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


def test_a_drain_kills_only_after_its_patience_and_says_whom(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A stream is cut only when the user's own drain_timeout is over, and it is told."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    with stream(port):
        ask(here, process.switch(hold, "", None, old, tiny(root, port)))
        assert here.run(process.drain(str(root), [replace(old, patience_s=0)])).text.split() == [str(old.pid)]
        assert not is_alive(old.pid)


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
        until(lambda: _listens(port), "the stranger listens")
        wrong = Stop(child.pid, datetime.now(UTC) - timedelta(minutes=5), port, 0)
        answer = ask(here, process.switch(hold, "", None, wrong, tiny(root, port, "--late", ready_timeout_s=5)))
        assert answer.parts["state"] == "foreign"
        here.run(process.drain(str(root), [wrong]))
        assert child.poll() is None
        (root / "run" / "shadow.json").write_text(
            json.dumps({"pid": child.pid, "started": "Mon Jan 1 00:00:00 2001", "port": port}) + "\n"
        )
        here.run(process.end(str(root), "shadow", 0))
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
    here.run(process.end(str(root), "shadow", 5))
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
    assert _listens(port)
    assert is_alive(old.pid)


def test_when_the_lines_before_fail_nothing_is_stopped(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A damaged release is found while the old proxy still serves."""
    port = free_port()
    old = serve(here, hold, tiny(root, port))
    answer = ask(here, process.switch(hold, "exit 77\n", None, old, tiny(root, port)))
    assert answer.status == 77
    assert _listens(port)


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


def test_an_environment_arrives_and_is_in_no_command_line(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Everybody on a host may read command lines."""
    key = "sk-canary-" + "x" * 20
    dump = root / "environment"
    start = tiny(root, free_port(), "--environment", str(dump), environment={"LITELLM_MASTER_KEY": Secret(key)})
    answer = start_shadow(here, hold, replace(start, name="shadow"))
    table = here.run(Command("ps", "ps -A -ww -o args=")).text
    assert "tiny_proxy" in table
    assert key not in table
    assert f"LITELLM_MASTER_KEY={key}".encode() in dump.read_bytes().split(b"\0")
    assert key not in "".join(p.read_text() for p in (root / "run").iterdir())
    assert answer.parts["state"] == "bound"


NAMES = st.one_of(
    st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True).filter(lambda n: not n.startswith(("LD_", "BASH", "PYTHON"))),
    st.sampled_from(["UID", "GID", "EUID", "PPID", "IFS", "PATH", "OPTIND", "LINENO", "RANDOM", "SECONDS", "COLUMNS"]),
)
HOSTILE = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40) | st.sampled_from(
    ["", "$(touch {root}/executed)", "`touch {root}/executed`", "';touch {root}/executed;'", '"; exit 3 #', "\n",
     "\\\n", "=x", "~/x", "*", "a b\tc", "-n", "!!", "%s%n", "\\0", "$IFS$9", "${HOME}", "x\ny\n"]
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(NAMES, HOSTILE, max_size=4))
def test_every_value_of_an_environment_arrives_byte_for_byte(
    here: ShellTransport, root: Path, hold: Hold, values: dict[str, str]
) -> None:
    """A password may hold anything, a name may be one that a shell keeps for itself; nothing is executed."""
    values = {name: text.replace("{root}", str(root)) for name, text in values.items()}
    dump = root / "environment"
    dump.unlink(missing_ok=True)
    environment = {name: Secret(text) for name, text in values.items()}
    start = tiny(root, free_port(), "--dead", "--environment", str(dump), environment=environment, name="shadow")
    assert start_shadow(here, hold, start).parts["state"] == "dead"
    arrived = dict(line.partition(b"=")[::2] for line in dump.read_bytes().split(b"\0"))
    assert {n: arrived.get(n.encode()) for n in values} == {n: text.encode() for n, text in values.items()}
    assert not (root / "executed").exists()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(HOSTILE, max_size=3))
def test_every_argument_arrives_byte_for_byte(here: ShellTransport, root: Path, hold: Hold, words: list[str]) -> None:
    """litellm_args come from a file that a person wrote."""
    script_path = root / "arguments"
    script_path.write_text(
        "import sys; open(sys.argv[1], 'w', errors='surrogateescape').write('\\0'.join(sys.argv[2:]))"
    )
    out = root / "out"
    argv = (sys.executable, "-X", "utf8", "-I", "-S", str(script_path), str(out), *words)
    start_shadow(here, hold, tiny(root, free_port(), argv=argv, name="shadow"))
    assert out.read_bytes() == "\0".join(words).encode()


def test_a_log_is_appended_to_and_turned_over_when_it_is_large(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A disk that fills up with one log is a host that can be deployed to no more."""
    log = root / "logs" / "shadow.log"
    log.write_text("first\n")
    start_shadow(here, hold, tiny(root, free_port(), "--dead", name="shadow"))
    assert log.read_text().startswith("first\n")
    with log.open("ab") as file:
        file.truncate(LOG_KEPT_BYTES + 1)
    start_shadow(here, hold, tiny(root, free_port(), "--dead", name="shadow"))
    assert log.stat().st_size < 1000
    assert log.with_name("shadow.log.1").stat().st_size == LOG_KEPT_BYTES + 1
    assert log.stat().st_mode & 0o077 == 0


def test_a_proxy_outlives_the_time_out_of_its_script(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A time-out ends what the script started, and never the proxy."""
    question = process.start_shadow(hold, "", tiny(root, free_port(), "--late", name="shadow"))
    with pytest.raises(CommandTimedOut):
        here.run(replace(question.command, timeout_s=1.5))
    shadow = recorded(root, "shadow", 0)
    assert is_alive(shadow.pid)
    here.run(process.end(str(root), "shadow", 5))
    assert not is_alive(shadow.pid)


def test_nothing_of_a_script_lives_on_but_the_proxy(here: ShellTransport, root: Path, hold: Hold) -> None:
    """No orphans: neither the polling loop nor its sleep."""
    answer = start_shadow(here, hold, tiny(root, free_port(), name="shadow"))
    table = here.run(Command("ps", "ps -A -ww -o pid= -o args=")).text
    assert [line.split()[0] for line in table.splitlines() if str(root) in line] == [str(answer.pid)]


def test_a_look_tells_listeners_processes_and_the_log(here: ShellTransport, root: Path, hold: Hold) -> None:
    """What an error shows as evidence."""
    port = free_port()
    serving = serve(here, hold, tiny(root, port))
    parts = ask(here, process.look(str(root), port, "logs/serving.log", [serving.pid, 999_999_999])).parts
    assert parts["listeners"] == parts["alive"]
    assert parts["listeners"].split()[0] == str(serving.pid)
    assert parts["log"] == f"serves on {port}"
    assert ask(here, process.look(str(root / "nowhere"), port, "x", [])).status == NO_ROOT


def test_ending_what_was_never_started_is_nothing(here: ShellTransport, root: Path) -> None:
    """Clean-up is safe to repeat, with no record, a broken one, or no root at all."""
    here.run(process.end(str(root), "shadow", 0))
    (root / "run" / "shadow.json").write_text("{")
    here.run(process.end(str(root), "shadow", 0))
    assert not (root / "run" / "shadow.json").exists()
    here.run(process.end(str(root / "nowhere"), "shadow", 0))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
