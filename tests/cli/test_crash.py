"""Errors that nobody foresaw: one sentence, and a file to report."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.cli.faces import Project


def test_an_unforeseen_error_is_one_sentence_and_a_file(project: Project, face: str) -> None:
    """A traceback tells a user nothing; the file tells us all."""
    done = project.run("ccdeploy deploy", face, ends="bug")
    assert done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr
    assert "ccdeploy: ccdeploy is at fault: KeyError: 'nobody foresaw ***'" in done.stderr
    kept = Path(re.findall(r"please report this with (\S+)", done.stderr)[0])
    assert kept.parent == project.folder / ".ccdeploy"
    assert "in deploy" in kept.read_text()


def test_the_file_is_for_its_owner_and_holds_no_key(project: Project) -> None:
    """An exception's text may hold what it failed on; the file will be sent to others."""
    project.run("ccdeploy deploy", ends="bug")
    (kept,) = (project.folder / ".ccdeploy").glob("crash-*.txt")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "sk-abcdef" not in kept.read_text()


def test_a_folder_that_cannot_be_written_gets_the_file_elsewhere(project: Project, tmp_path: Path) -> None:
    """The report must not be lost, or fail in its turn."""
    (project.folder / ".ccdeploy").write_text("a file, where a folder should be")
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    done = project.run("ccdeploy deploy", ends="bug", env={"TMPDIR": os.fspath(elsewhere)})
    assert done.returncode == 3
    assert list(elsewhere.glob("crash-*.txt"))
