"""Hostile strings in every place that a script takes one from settings or from a host, in every shell at hand.

What stands in a path, a name or a text arrives byte for byte, and nothing of it is executed. Environment and
arguments of a proxy are in test_launch.py, names of releases in test_releases.py, Traefik's file in test_dynamic.py.
"""

from __future__ import annotations

import itertools
import json
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ccdeploy.litellm import envfile
from ccdeploy.release import lock as owners
from ccdeploy.release.lock import Owner
from ccdeploy.shell import facts, lock, log, releases, setup, venv
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.facts import Paths
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import split
from tests.shell.shells import ShellTransport
from tests.shell.staging import content
from tests.shell.tiny import EVERY_STATUS

TURNS = itertools.count()
_WORDS = [
    *("$(touch executed)", "`touch executed`", "';touch executed;'", '"; touch executed; "', "a && touch executed"),
    *(
        "-n",
        "-rf",
        "--",
        "*",
        "?",
        "[a-z]",
        "~",
        "~root",
        "$HOME",
        "${IFS}",
        "$$",
        "!!",
        "%s%n",
        "\\",
        "\\n",
        "a\\",
        "'",
    ),
    *(" a ", "a b", "\t", "#a", "=x", "{a,b}", ">x", "<x", "|cat", "&", ";", "(x)", "\x1b[2J", "\u202e", "é模", "\x7f"),
]
NAMES = st.sampled_from(_WORDS) | st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0/\n\r"), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
TEXTS = st.sampled_from([*_WORDS, "a\nb", "\n", "", "\r\n", "{root}"]) | st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30
)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _nothing_is_executed(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Assert in the end that no string made the file that each of them would make; scripts begin in the home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield
    assert not list(tmp_path.rglob("executed*"))


def beside(others: Collection[str], name: str) -> str:
    """Return a name of a file in a root, which is none of those that are there."""
    assume(name not in {"releases", "run", "logs", "lock", *others} and not name.startswith("executed"))
    return name


def fresh(root: Path, name: str) -> Path:
    """Return a root of its own with a hostile name, held by `me`."""
    made = root / str(next(TURNS)) / f"r{name}"
    for folder in ("releases", "run", "logs", "lock"):
        (made / folder).mkdir(parents=True)
    (made / "lock" / "owner.json").write_text('{"id": "me", "manual": false, "heartbeat": 1}\n')
    return made


@FEW
@given(name=NAMES, litellm=NAMES, env_file=NAMES, dynamic=NAMES)
def test_the_facts_are_asked_at_the_paths_of_the_settings(
    here: ShellTransport, root: Path, *, name: str, litellm: str, env_file: str, dynamic: str
) -> None:
    """root, litellm, env_file and dynamic_file are written by people."""
    top, env_file = fresh(root, name), beside((f"l{litellm}", f"d{dynamic}"), env_file)
    files = {f"l{litellm}": b"#!/bin/sh\n", env_file: b"KEY='it is'\n", f"d{dynamic}/x.yml": b"a: 1\n"}
    for path, data in files.items():
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_bytes(data)
    (top / f"l{litellm}").chmod(0o755)
    asked = facts.facts(Paths(str(top), f"l{litellm}", env_file, f"d{dynamic}/x.yml"), (1, 2))
    parts = asked.parts(here.run(asked.command).stdout)
    assert parts["root"].decode() == str(top)
    assert parts["litellm"].split()[0] == b"whole"
    assert parts["env"] == b"KEY='it is'\n"
    assert parts["dynamic_kind"].strip() == b"file"
    assert parts["dynamic"] == b"a: 1\n"


@FEW
@given(name=NAMES, env_file=NAMES)
def test_setup_makes_the_root_of_the_settings_and_closes_its_file(
    here: ShellTransport, root: Path, name: str, env_file: str
) -> None:
    """It is the first thing that is done on a host."""
    top = root / str(next(TURNS)) / f"n{name}"
    here.run(setup.make_root(str(top)))
    assert {path.name for path in top.iterdir()} == {"releases", "run", "logs"}
    secret = top / beside((), env_file)
    secret.write_text("KEY=x\n")
    secret.chmod(0o644)
    here.run(setup.close_file(str(secret)))
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@FEW
@given(name=NAMES)
def test_a_root_below_the_home_is_one_word(here: ShellTransport, root: Path, name: str) -> None:
    """A tilde stands for the home, whatever follows it."""
    home = Path(here.run(Command("home", 'printf %s "$HOME"')).text)
    here.run(setup.make_root(f"~/h{name}"))
    assert (home / f"h{name}" / "releases").is_dir()
    assert root.is_dir()


@FEW
@given(name=NAMES, texts=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS))
def test_the_owner_of_a_lock_is_what_was_said(
    here: ShellTransport, root: Path, name: str, texts: tuple[str, str, str, str]
) -> None:
    """A message for the others, the name of a user, that of a machine: none is a word of a shell."""
    top = fresh(root, name)
    (top / "lock" / "owner.json").unlink()
    (top / "lock").rmdir()
    who, where, doing, url = texts
    owner = Owner("0a1b", who, where, "2026-01-31T12:00:00Z", doing, manual=True, run_url=url)
    hold = Hold(str(top), owner.id)
    assert here.run(lock.acquire(hold, owner.to_json(), 60)).status == 0
    assert owners.parse((top / "lock" / "owner.json").read_text()) == owner
    here.run(lock.beat(hold, owner.to_json()))
    assert owners.parse((top / "lock" / "owner.json").read_text()) == owner
    assert here.run(lock.acquire(Hold(str(top), "2c"), owner.to_json(), 60)).status == lock.HELD
    here.run(lock.release(hold))
    assert not (top / "lock").exists()


@FEW
@given(name=NAMES, include=NAMES, folder=NAMES, text=TEXTS)
def test_a_hand_made_config_is_adopted_with_its_includes(
    here: ShellTransport, root: Path, *, name: str, include: str, folder: str, text: str
) -> None:
    """The names of includes stand in a file that another hand wrote."""
    top = fresh(root, name)
    path = f"d{folder}/i{include}"
    files = {"config.yaml": text.encode(), path: b"a: 1\n"}
    for one, data in files.items():
        (top / one).parent.mkdir(exist_ok=True)
        (top / one).write_bytes(data)
    asked, mark = releases.read(str(top), "", list(files))
    parts = dict(split(here.run(asked).stdout, mark))
    assert {one: parts[one] for one in files} == files
    here.run(releases.adopt(Hold(str(top), "me"), "r1", "{}", {one: one for one in files}, releases.activate("r1")))
    assert content(top / "releases" / "r1") == files


@FEW
@given(name=NAMES, log_name=NAMES, env_file=NAMES, text=TEXTS)
def test_a_log_is_read_under_its_name(
    here: ShellTransport, root: Path, *, name: str, log_name: str, env_file: str, text: str
) -> None:
    """What it says comes back byte for byte."""
    top, env_file = fresh(root, name), beside((), env_file)
    path = f"logs/l{log_name}"
    (top / path).write_bytes(text.encode())
    (top / env_file).write_bytes(b"KEY=x\n")
    asked, mark = log.recent(str(top), [path], 1000)
    parts = split(here.run(asked).stdout, mark)
    assert parts["log"].decode() == path
    assert next((data for part, data in parts.items() if part.startswith("part ")), b"") == text.encode()
    asked, mark = log.more(str(top), path, {}, env_file)
    parts = split(here.run(asked).stdout, mark)
    assert len(parts["environment"].strip()) == 64
    lines = script(f"cd {quote(str(top))}", log.keep(path, f"{path}.kept"), log.promote(f"{path}.kept", path))
    assert here.run(Command("lines", lines, ok=EVERY_STATUS)).status == 0
    assert (top / f"{path}.1").read_bytes() == text.encode()


@FEW
@given(name=NAMES, text=TEXTS)
def test_records_are_written_as_they_are(here: ShellTransport, root: Path, name: str, text: str) -> None:
    """What a hook said, why an attempt failed, the command line of a stranger."""
    top = fresh(root, name)
    line = json.dumps({"detail": text})
    parts = [releases.append_history(line), releases.write_run_state("serving", line)]
    here.run(releases.record(Hold(str(top), "me"), parts, unlock=False))
    assert (top / "history.jsonl").read_text() == f"{line}\n"
    assert (top / "run" / "serving.json").read_text() == line


@FEW
@given(name=NAMES, folder=NAMES)
def test_venvs_are_watched_and_set_aside_under_their_names(
    here: ShellTransport, root: Path, name: str, folder: str
) -> None:
    """A folder in venvs/ may be anybody's."""
    top = fresh(root, name)
    (top / "venvs" / f"v{folder}" / "lib" / "python3.11" / "site-packages" / "x.dist-info").mkdir(parents=True)
    asked = venv.watch(str(top), f"venvs/v{folder}", 0)
    assert asked.parts(here.run(asked.command).stdout)["there"].strip() == "1"
    lines = script(f"cd {quote(str(top))}", venv.set_aside([f"venvs/v{folder}"]))
    here.run(Command("lines", lines))
    assert [path.name for path in (top / "venvs").iterdir()] == [f".gone-v{folder}"]
    here.run(venv.sweep(str(top)))
    assert list((top / "venvs").iterdir()) == []


def test_a_first_line_of_a_litellm_is_not_run_but_for_its_python(
    here: ShellTransport, root: Path, tmp_path: Path
) -> None:
    """Its version is asked of the Python that the line names; `status` must run nothing else of what stands there."""
    top = fresh(root, "")
    python = tmp_path / "python3"  # no first line can name a path with a space in it
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >asked; echo 1.2.3.dist-info\n')
    python.chmod(0o755)
    for line in (f"#!{python} -x executed", "#!/bin/touch executed/python", f"#!/usr/bin/env {python}"):
        (top / "litellm").write_text(f"{line}\n")
        (top / "litellm").chmod(0o755)
        asked = facts.facts(Paths(str(top), "litellm", ".env"), (1, 2))
        parts = asked.parts(here.run(asked.command).stdout)
        assert parts["litellm"].split() in ([b"whole"], [b"whole", b"1.2.3.dist-info"])


def test_the_env_file_is_read_and_never_run(here: ShellTransport, root: Path) -> None:
    """A shell would run what a line of it says; the proxy only gets it as a text."""
    top = fresh(root, "")
    text = b"A=$(touch executed)\nB=`touch executed`\ntouch executed\nC='x'; touch executed\n"
    (top / ".env").write_bytes(text)
    asked = facts.facts(Paths(str(top), "litellm", ".env"), (1, 2))
    assert asked.parts(here.run(asked.command).stdout)["env"] == text
    assert envfile.parse(text)["A"].reveal() == "$(touch executed)"
