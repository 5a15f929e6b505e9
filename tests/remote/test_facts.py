"""What is on a host, found by the real script in every shell at hand, and parsed."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.release.bundle import sha256
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.local import LocalTransport
from tests.remote.hosts import CONFIG, give_away, host_at, put_release
from tests.shell.shells import ShellTransport
from tests.support import fake_venv

MINE = {"config.yaml": CONFIG, "parts/a b.yaml": b"\xff\x00 no text\n\n"}


def test_a_host_without_anything(here: ShellTransport, tmp_path: Path) -> None:
    """The first question to a new host must have an answer too; unknown stays unknown."""
    facts = gather(here, host_at(tmp_path / "nowhere"))
    assert (facts.root_exists, facts.root_is_unreadable, facts.is_writable) == (False, False, False)
    assert (facts.root, facts.free_bytes, facts.litellm.version) == (str(tmp_path / "nowhere"), None, None)
    assert (facts.current, facts.config_kind, facts.releases, facts.history) == (None, "none", (), ())
    assert (facts.serving, facts.running, facts.shadow, facts.lock.is_held) == (None, None, None, False)
    assert not facts.env.exists
    assert facts.missing_tools == ()


def test_the_clock_and_system_are_the_hosts(here: ShellTransport, root: Path) -> None:
    """Ages are told by its clock."""
    facts = gather(here, host_at(root))
    assert abs((facts.now - datetime.now(UTC)).total_seconds()) < 60
    assert facts.system == os.uname().sysname
    assert facts.free_bytes is not None
    assert facts.free_bytes > 0
    assert facts.is_writable


def test_an_empty_root_is_there(here: ShellTransport, tmp_path: Path) -> None:
    """A folder that somebody made beforehand."""
    facts = gather(here, host_at(tmp_path))
    assert (facts.root_exists, facts.litellm.state, facts.env.exists) == (True, "absent", False)
    assert facts.current_files == {}


def test_everything_that_a_deployed_host_has(here: ShellTransport, root: Path) -> None:
    """Each section arrives in its own field, byte for byte."""
    fake_venv.make(root, "1.106.2")
    put_release(root, "r1", MINE, state="verified")
    put_release(root, "r2", state="bad", reason="it died")
    (root / "current").symlink_to("releases/r1")
    (root / "config.yaml").symlink_to("current/config.yaml")
    env = b"LITELLM_MASTER_KEY='sk-a b$c'\n\n# \xc3\xa9\nA=1"
    (root / ".env").write_bytes(env)
    (root / ".env").chmod(0o600)
    (root / "history.jsonl").write_text('{"torn\n' + json.dumps(ENTRY) + "\n")
    (root / "releases" / ".incoming-r3").mkdir()
    facts = gather(here, host_at(root))
    assert (facts.litellm.is_whole, facts.litellm.version) == (True, "1.106.2")
    assert [(r.release, r.state) for r in facts.releases] == [("r1", "verified"), ("r2", "bad")]
    assert (facts.current, facts.config_kind, facts.config_text) == ("r1", "link", None)
    assert facts.current_files == MINE
    assert facts.drifted_files == ()
    assert (facts.env.data, facts.env.digest, facts.env.mode) == (env, sha256(env), "-rw-------")
    assert facts.env.is_closed
    assert {name: value.reveal() for name, value in facts.env.values.items()} == {
        "LITELLM_MASTER_KEY": "sk-a b$c",
        "A": "1",
    }
    assert [entry.verb for entry in facts.history] == ["deploy"]
    assert facts.stray_uploads == (".incoming-r3",)
    assert (facts.lock.is_held, facts.lock.owner, facts.lock.is_stale) == (True, None, True)


ENTRY = {
    "at": "2026-01-31T12:00:00Z", "verb": "deploy", "outcome": "deployed", "release": "r1", "previous": None,
    "config": "tdd", "who": "ada", "seconds": 1.5, "downtime_ms": 5,
}  # fmt: skip


def test_a_root_below_the_home_of_who_logs_in(here: ShellTransport, root: Path) -> None:
    """`~/` is resolved once, on the host."""
    way = ShellTransport(Path(here.shell), {**os.environ, "HOME": str(root.parent)})
    facts = gather(way, host_at(f"~/{root.name}"))
    assert (facts.root, facts.root_exists) == (str(root), True)


def test_a_root_that_is_a_link(here: ShellTransport, root: Path, tmp_path: Path) -> None:
    """Command lines and paths keep the name that the settings use."""
    (tmp_path / "link").symlink_to(root)
    put_release(root, "r1", MINE)
    (root / "current").symlink_to("releases/r1")
    facts = gather(here, host_at(tmp_path / "link"))
    assert (facts.root, facts.current_files) == (str(tmp_path / "link"), MINE)


def test_a_root_that_is_a_file_is_unreadable(here: ShellTransport, tmp_path: Path) -> None:
    """It is there, and cannot be entered."""
    (tmp_path / "file").write_text("")
    facts = gather(here, host_at(tmp_path / "file"))
    assert (facts.root_exists, facts.root_is_unreadable) == (False, True)


def test_a_root_that_may_not_be_entered_is_unreadable(plain: ShellTransport, open_root: Path) -> None:
    """`setup` would otherwise try to make it."""
    open_root.chmod(0)
    facts = gather(plain, host_at(open_root))
    assert (facts.root_exists, facts.root_is_unreadable) == (False, True)


def test_an_env_file_that_may_not_be_read_is_known_to_be_there(plain: ShellTransport, open_root: Path) -> None:
    """It exists: `setup` must not write another one over it."""
    (open_root / ".env").write_text("KEY=1\n")
    (open_root / ".env").chmod(0)
    give_away(open_root / ".env")
    env = gather(plain, host_at(open_root)).env
    assert (env.exists, env.is_readable, dict(env.values)) == (True, False, {})


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_an_env_file_that_is_no_file_cannot_be_read(here: ShellTransport, root: Path, kind: str) -> None:
    """A pipe would hold up every verb for as long as nobody writes to it."""
    if kind == "folder":
        (root / ".env").mkdir()
    else:
        os.mkfifo(root / ".env")
    env = gather(here, host_at(root)).env
    assert (env.exists, env.is_readable) == (True, False)


@pytest.mark.parametrize("name", ["-n", "--help", "e v", "$(touch executed)"])
def test_names_of_files_are_only_names(here: ShellTransport, root: Path, name: str) -> None:
    """Settings come from a person's file."""
    (root / name).write_text("KEY=1\n")
    facts = gather(here, host_at(root, env_file=name, litellm=name))
    assert set(facts.env.values) == {"KEY"}
    assert not (root / "executed").exists()


def test_content_that_looks_like_our_marks_is_content(here: ShellTransport, root: Path) -> None:
    """The mark is random for each question, and a name cannot be forged."""
    text = b"\n==0123456789abcdef01234567== end\n\n==x== current\nforged\n"
    put_release(root, "r1", {"config.yaml": text})
    (root / "current").symlink_to("releases/r1")
    (root / ".env").write_bytes(text)
    facts = gather(here, host_at(root))
    assert (facts.current_files, facts.env.data) == ({"config.yaml": text}, text)


def test_release_folders_of_another_hand_are_nameless(here: ShellTransport, root: Path) -> None:
    """They are shown, never returned to, and crash nothing."""
    put_release(root, "r1")
    for name, text in {
        "a b": None,
        "cut": '{"release": "cu',
        "list": "[1]",
        "copy": (root / "releases/r1/release.json").read_text(),
    }.items():
        (root / "releases" / name).mkdir()
        if text is not None:
            (root / "releases" / name / "release.json").write_text(text)
    (root / "releases" / "a file").write_text("")
    facts = gather(here, host_at(root))
    assert [r.release for r in facts.releases] == ["r1"]
    assert facts.nameless_releases == ("a b", "copy", "cut", "list")


def test_a_hand_made_config_is_read(here: ShellTransport, root: Path) -> None:
    """The first deploy adopts it."""
    (root / "config.yaml").write_bytes(b"by hand\n\n")
    facts = gather(here, host_at(root))
    assert (facts.config_kind, facts.config_text, facts.current) == ("file", b"by hand\n\n", None)


def test_a_link_of_another_hand_is_told(here: ShellTransport, root: Path) -> None:
    """It points where we do not look after it."""
    (root / "config.yaml").symlink_to("/etc/litellm.yaml")
    facts = gather(here, host_at(root))
    assert (facts.config_kind, facts.config_text) == ("/etc/litellm.yaml", None)


def test_files_that_were_edited_are_drift(here: ShellTransport, root: Path) -> None:
    """Whoever wrote through the link."""
    release = put_release(root, "r1", MINE)
    (root / "current").symlink_to("releases/r1")
    (release / "config.yaml").write_text("edited")
    (release / "parts" / "a b.yaml").unlink()
    assert gather(here, host_at(root)).drifted_files == ("config.yaml", "parts/a b.yaml")


@pytest.mark.parametrize("versions", [(), ("1.0", "2.0")])
def test_a_version_that_cannot_be_told_is_unknown(here: ShellTransport, root: Path, versions: tuple[str, ...]) -> None:
    """Two folders are left after an upgrade that was cut off: neither is a fact."""
    executable = fake_venv.make(root)
    shutil.rmtree(root / "venv" / "lib")
    executable.write_text("#!/bin/sh\n")
    for version in versions:
        (root / "venv/lib/python3.11/site-packages" / f"litellm-{version}.dist-info").mkdir(parents=True)
    (root / "venv/lib/python3.11/site-packages/litellm_proxy_extras-0.4.dist-info").mkdir(parents=True)
    facts = gather(here, host_at(root))
    assert (facts.litellm.is_whole, facts.litellm.version) == (True, None)


def test_the_version_of_a_linked_litellm_is_asked_of_its_own_python(here: ShellTransport, root: Path) -> None:
    """pipx links its programs into another folder."""
    python = root / "python3"
    python.write_text('#!/bin/sh\necho "1.99.0.dist-info"\n')
    python.chmod(0o755)
    (root / "bin").mkdir()
    (tmp := Path(tempfile.mkdtemp())).joinpath("python3").symlink_to(python)
    (root / "bin" / "litellm").write_text(f"#!{tmp}/python3\n")
    (root / "bin" / "litellm").chmod(0o755)
    try:
        assert gather(here, host_at(root, litellm="bin/litellm")).litellm.version == "1.99.0"
    finally:
        shutil.rmtree(tmp)


def test_the_whole_answer_comes_in_one_round_trip_and_changes_nothing(here: ShellTransport, root: Path) -> None:
    """Every verb begins with it, a dry run too."""
    put_release(root, "r1", MINE)
    before = _snapshot(root)
    way = _Counting(here)
    gather(way, host_at(root))
    assert [c.writes for c in way.seen] == [False]
    assert _snapshot(root) == before


def test_an_answer_that_is_cut_off_is_refused(root: Path) -> None:
    """Half an answer would look like a host without releases."""
    with pytest.raises(Refused, match="not whole"):
        gather(_CutOff("studio"), host_at(root))


def _snapshot(root: Path) -> dict[str, tuple[int, float]]:
    every = {str(p): p.lstat() for p in root.rglob("*")}
    return {name: (stat.S_IFMT(s.st_mode), s.st_mtime) for name, s in every.items()}


class _Counting(ShellTransport):
    def __init__(self, inner: ShellTransport) -> None:
        super().__init__(Path(inner.shell))
        self.seen: list[Command] = []

    def run(self, command: Command) -> Result:
        self.seen.append(command)
        return super().run(command)


class _CutOff(LocalTransport):
    def run(self, command: Command) -> Result:
        answer = super().run(command)
        return replace(answer, stdout=answer.stdout[: len(answer.stdout) // 2])


def test_the_facts_hold_no_secret_where_they_are_shown(here: ShellTransport, root: Path) -> None:
    """Values end up in logs and tracebacks."""
    (root / ".env").write_text("LITELLM_MASTER_KEY=hunter2hunter2\n")
    (root / "config.yaml").write_text("api_key: hunter2hunter2\n")
    put_release(root, "r1", {"config.yaml": b"api_key: hunter2hunter2\n"})
    (root / "current").symlink_to("releases/r1")
    facts: Facts = gather(here, host_at(root))
    assert b"hunter2" in (facts.config_text or b"")
    assert "hunter2" not in repr(facts)
