"""Launching a proxy, in every shell at hand: environment, arguments, log, record, and the wait for its port."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccdeploy.errors import CommandTimedOut
from ccdeploy.secret import Secret
from ccdeploy.shell import process
from ccdeploy.shell.command import Command
from ccdeploy.shell.launch import LOG_KEPT_BYTES, LOG_LINES
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST
from tests.shell.shells import ShellTransport, without_proc
from tests.shell.tiny import (
    ask,
    recorded,
    start_shadow,
    stranger,
    tiny,
)
from tests.support.free_port import free_port
from tests.support.processes import is_alive


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
    here.run(process.end(hold, "shadow", 5))
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
    assert key not in "".join(p.read_text() for p in (root / "run").rglob("*") if p.is_file())
    assert answer.parts["state"] == "bound"


def test_no_program_on_the_way_is_given_a_value(here: ShellTransport, root: Path, hold: Hold, tmp_path: Path) -> None:
    """`env NAME=VALUE` lives for an instant, and whoever looks at command lines all the time sees that too."""
    key, words, nohup = "sk-canary-" + "x" * 20, tmp_path / "words", tmp_path / "programs" / "nohup"
    nohup.parent.mkdir()
    nohup.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{words}\nexec {shutil.which("nohup")} "$@"\n')
    nohup.chmod(0o755)
    way = ShellTransport(Path(here.shell), {"PATH": f"{nohup.parent}:{os.environ['PATH']}"})
    start = tiny(root, free_port(), environment={"LITELLM_MASTER_KEY": Secret(key)})
    assert start_shadow(way, hold, replace(start, name="shadow")).parts["state"] == "bound"
    assert "tiny_proxy" in words.read_text()
    assert key not in words.read_text()


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
        here.run(replace(question.command, timeout_s=5))
    shadow = recorded(root, "shadow", 0)
    assert is_alive(shadow.pid)
    here.run(process.end(hold, "shadow", 5))
    assert not is_alive(shadow.pid)


def test_nothing_of_a_script_lives_on_but_the_proxy(here: ShellTransport, root: Path, hold: Hold) -> None:
    """No orphans: neither the polling loop nor its sleep."""
    answer = start_shadow(here, hold, tiny(root, free_port(), name="shadow"))
    table = here.run(Command("ps", "ps -A -ww -o pid= -o args=")).text
    assert [line.split()[0] for line in table.splitlines() if str(root) in line] == [str(answer.pid)]
