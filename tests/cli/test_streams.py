"""Streams that break: what is done on the host does not depend on who still reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.faces import Project


def _in_shell(
    project: Project, line: str, redirected: str, ends: str = "", *, face: str = "ccdeploy", unbuffered: str = ""
) -> subprocess.CompletedProcess[str]:
    script = f'"$@" {redirected}'
    words = ["/bin/sh", "-c", script, "sh", *project.command(line, face)]
    return project.run_words(words, ends, {"PYTHONUNBUFFERED": unbuffered})


@pytest.mark.parametrize("line", ["ccdeploy history", "ccdeploy deploy --json", "ccdeploy --help"])
def test_a_reader_that_went_away_is_no_error(project: Project, line: str) -> None:
    """`ccdeploy history | head -1` is no failure."""
    done = _in_shell(project, line, "3>&1 | { exec 0<&-; true; }")
    assert "Error" not in done.stderr
    assert "ccdeploy:" not in done.stderr


@pytest.mark.parametrize(
    ("redirected", "unbuffered"), [("2>&-", ""), (">&-", ""), ("2>/dev/full", ""), ("2>/dev/full", "1")]
)
def test_a_deploy_goes_on_without_anybody_to_tell(
    project: Project, face: str, redirected: str, unbuffered: str
) -> None:
    """A broken stderr in the middle of a switch must not stop it, nor make a failure of a deploy that went well."""
    if "full" in redirected and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = _in_shell(project, "ccdeploy deploy", redirected, face=face, unbuffered=unbuffered)
    assert done.returncode == 0
    assert len(project.asked) == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_failure_that_cannot_be_told_keeps_its_code(project: Project, face: str, unbuffered: str) -> None:
    """A job whose log is on a full disk still has the exit code to go by."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = _in_shell(project, "ccdeploy deploy", "2>/dev/full", "Locked", face=face, unbuffered=unbuffered)
    assert done.returncode == 5


def test_a_result_that_cannot_be_written_is_said(project: Project) -> None:
    """A script that reads half a document from a full disk should find out why."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = _in_shell(project, "ccdeploy history --json", ">/dev/full")
    assert "ccdeploy: the result is not complete, standard output cannot be written: No space left" in done.stderr


def test_a_terminal_without_unicode_gets_ascii(project: Project, face: str) -> None:
    """A check mark that the encoding lacks would end the verb in a UnicodeEncodeError."""
    done = project.run("ccdeploy deploy", face, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert (done.stdout + done.stderr).isascii()
    assert done.stdout.startswith("ok      studio serves")
