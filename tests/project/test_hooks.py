"""Hooks: found, judged, and run whatever they do."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from functools import partial
from pathlib import Path

import pytest

from ccdeploy.project import hook_process
from ccdeploy.project.hooks import judge_hooks, run_hook
from ccdeploy.project.occasion import Occasion
from ccdeploy.results import HookRun
from tests.support.hooks import told, variables, write_hook
from tests.support.processes import is_alive
from tests.support.waiting import until

OCCASION = Occasion("failed", "2026-01-31T12:00:00Z", "studio", "deploy", message="sk-abcdef123456 was\nin it")


def run(folder: Path, timeout_s: float = 20, occasion: Occasion = OCCASION) -> tuple[HookRun, list[str]]:
    """Run the hook `failed`; return what came of it, and what it printed."""
    lines: list[str] = []
    return run_hook(folder, occasion, timeout_s, lines.append), lines


def has_ended(pid: int) -> bool:
    """Whether a process is gone."""
    return not is_alive(pid)


def test_a_hook_is_told_by_json_and_by_variables(tmp_path: Path) -> None:
    """A script in sh reads variables, every other reads the JSON; both are of one moment, without secrets."""
    write_hook(tmp_path, "failed")
    done, _ = run(tmp_path)
    assert (done.status, done.code, done.detail) == ("ok", 0, "")
    document, given = told(tmp_path, "failed"), variables(tmp_path, "failed")
    assert (document["schema_version"], document["host"], document["message"]) == (1, "studio", "*** was\nin it")
    plain = {key for key, value in document.items() if not isinstance(value, list)} - {"schema_version"}
    assert set(given) == {f"CCDEPLOY_{key.upper()}" for key in plain}
    assert (given["CCDEPLOY_EVENT"], given["CCDEPLOY_RELEASE"]) == ("failed", "")


def test_a_project_may_be_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of one's own has `Project(Path("gateway"), ...)`; the hook runs within it all the same."""
    write_hook(tmp_path / "gateway", "failed")
    monkeypatch.chdir(tmp_path)
    assert run(Path("gateway"))[0].status == "ok"
    assert told(tmp_path / "gateway", "failed")["host"] == "studio"


def test_what_it_prints_comes_line_by_line(tmp_path: Path) -> None:
    """Both of its streams, a last line without an end, bytes that are no text: all of it can be shown."""
    write_hook(tmp_path, "failed", r"""printf 'one\n'; printf 'two\r\n' >&2; printf '\377three'""")
    assert run(tmp_path)[1] == ["one", "two", "�three"]


def test_a_hook_that_reads_nothing_is_no_matter(tmp_path: Path) -> None:
    """More than a pipe holds is waiting for it; neither side may hang or break."""
    write_hook(tmp_path, "failed", "exit 0")
    big = Occasion("failed", "", "studio", "deploy", notes=("x" * 1_000_000,))
    assert run(tmp_path, occasion=big)[0].status == "ok"


@pytest.mark.parametrize(
    ("script", "first", "mode", "status", "code", "detail"),
    [
        ("exit 7", "#!/bin/sh", 0o755, "failed", 7, "hooks/failed ended with 7"),
        ("kill -9 $$", "#!/bin/sh", 0o755, "failed", None, "hooks/failed was ended by SIGKILL"),
        ("exit 0", "#!/bin/sh", 0o644, "not-started", None, "hooks/failed is not executable; chmod +x hooks/failed"),
        ("exit 0", "", 0o755, "not-started", None, "its first line names no interpreter; begin it with #!/bin/sh"),
        ("exit 0", "#!/nowhere/sh", 0o755, "not-started", None, "the interpreter that its first line names does not"),
    ],
    ids=["status", "signal", "mode", "no interpreter", "wrong interpreter"],
)
def test_a_hook_that_is_no_good_is_told_in_a_sentence(  # noqa: PLR0917
    tmp_path: Path, script: str, first: str, mode: int, status: str, code: int | None, detail: str
) -> None:
    """Each with what to do, and never with a traceback."""
    write_hook(tmp_path, "failed", script, first, mode)
    done, _ = run(tmp_path)
    assert (done.status, done.code) == (status, code)
    assert detail in done.detail


def test_without_room_for_its_input_a_hook_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk after a deploy that serves: told in a sentence, the deploy stays what it was."""
    write_hook(tmp_path, "failed")
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    done, _ = run(tmp_path)
    assert (done.status, (tmp_path / "ran").exists()) == ("not-started", False)
    assert done.detail.endswith("its input cannot be kept in a temporary file: No such file or directory")


def test_what_no_environment_can_hold_is_no_matter(tmp_path: Path) -> None:
    """A host's JSON may have a NUL or half of a pair in a name; the hook runs, and reads an escape."""
    write_hook(tmp_path, "failed")
    odd = Occasion("failed", "", "studio", "deploy", config="a\0b\ud800")
    assert run(tmp_path, occasion=odd)[0].status == "ok"
    assert variables(tmp_path, "failed")["CCDEPLOY_CONFIG"] == "ab\\ud800"


def test_a_hook_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deaf ones too, parent and child: what stays behind would hang there for ever."""
    monkeypatch.setattr(hook_process, "GRACE_S", 0.1)
    deaf = "trap '' TERM; sleep 600 & echo $$ $! >pids; echo waiting; wait; sleep 600"
    write_hook(tmp_path, "failed", deaf)
    done, lines = run(tmp_path, timeout_s=3)
    assert (done.status, done.code, done.detail) == ("timed-out", None, "hooks/failed ran over 3.0 s and was ended")
    assert lines == ["waiting"]
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        until(partial(has_ended, pid), f"the end of process {pid}")


def test_a_child_that_keeps_the_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """`notify &` at the end of a hook is common; the hook itself has ended."""
    write_hook(tmp_path, "failed", "sleep 600 & echo $! >pid; echo said")
    done, lines = run(tmp_path)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert (done.status, lines) == ("ok", ["said"])


def test_a_hook_that_prints_no_newline_fills_no_memory(tmp_path: Path) -> None:
    """It is shown in pieces."""
    write_hook(tmp_path, "failed", "head -c 100000 /dev/zero | tr '\\0' x")
    _, lines = run(tmp_path)
    assert sum(map(len, lines)) == 100_000
    assert max(map(len, lines)) <= 4096


def test_ctrl_c_ends_a_hook(tmp_path: Path) -> None:
    """Whoever presses it must not wait for the time-out."""
    write_hook(tmp_path, "failed", "echo $$ >pid; echo waiting; exec sleep 600")
    with pytest.raises(KeyboardInterrupt):
        run_hook(tmp_path, OCCASION, 600, lambda line: signal.raise_signal(signal.SIGINT))
    pid = int((tmp_path / "pid").read_text())
    until(partial(has_ended, pid), "the end of the hook")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_hooks_are_judged_by_check(tmp_path: Path) -> None:
    """What would never run, or refuse a deploy, is best known before."""
    assert judge_hooks(tmp_path) == []
    write_hook(tmp_path, "pre-deploy", mode=0o644)
    write_hook(tmp_path, "failed", mode=0o644)
    write_hook(tmp_path, "post_deploy.sh")
    write_hook(tmp_path, "post-deploy.sample")
    write_hook(tmp_path, "notify")
    assert [(str(f.severity), f.code, str(f)) for f in judge_hooks(tmp_path)] == [
        ("error", "hook-not-executable", "hooks/pre-deploy: not executable; chmod +x hooks/pre-deploy"),
        ("warning", "hook-not-executable", "hooks/failed: not executable; chmod +x hooks/failed"),
        ("warning", "hook-name", "hooks/post_deploy.sh: never runs; a hook is called post-deploy"),
    ]


def test_the_document_is_one_of_plain_values() -> None:
    """Whatever language a hook is written in, it can read it."""
    document = json.loads(Occasion("failed", "", "studio", "deploy", models=("a",)).to_json())
    assert document["models"] == ["a"]
    assert document["release"] is None
