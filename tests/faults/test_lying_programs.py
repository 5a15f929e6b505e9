"""A host whose programs answer with nonsense: a sentence refuses it, or it makes no difference; none of it is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.terminal import is_quiet
from tests.support.login import Login, logged_in
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

NONSENSE = (
    "\\033[2J\\033]0;owned\\007$(touch owned) `touch owned` \\u202e 8081 -1 99999999999999999999\\nyes\\n\\303\\050\\n"
)
# Those that are asked for what is, and not told to do something.
ASKED = ("uname", "date", "ps", "df", "stat", "ls", "readlink", "sha256sum")


@pytest.mark.parametrize("name", ASKED)
def test_a_program_that_answers_with_nonsense_is_not_believed(studio: Studio, tmp_path: Path, name: str) -> None:
    """An answer is data: a number that is none, a name that is a command, an escape for the terminal."""
    programs = tmp_path / "bin"
    programs.mkdir()
    login = Login(tmp_path / "home", environment={"PATH": f"{programs}:{os.environ['PATH']}"})
    with logged_in(studio, tmp_path / "login", "asyncssh", login):
        studio.deployed("coder")
        first = studio.current
        (programs / name).write_text(f"#!/bin/sh\nprintf '{NONSENSE}'\n")
        (programs / name).chmod(0o755)
        with studio.watched() as promises:
            done = studio.run(f"ccdeploy deploy {studio.config('second', 'coder', 'more')}")
        (programs / name).unlink()
    assert done.returncode in (0, 3, 6), done.stderr
    assert is_quiet(done.stdout + done.stderr)
    assert "at fault" not in done.stderr, done.stderr
    served = {"coder", "more"} if done.returncode == 0 else {"coder"}
    promises.kept(served=served, gap_allowed=True, most_gaps=2, release=first if done.returncode else studio.current)
    assert not list(tmp_path.rglob("owned"))
