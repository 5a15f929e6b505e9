"""Ctrl-C, SIGTERM and a terminal that goes away: the verb is told once, and may restore the host in peace."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.faces import Project


@contextmanager
def waiting(project: Project, face: str, *before: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a deploy up to the point where it waits, and end it in the end whatever happens."""
    words = [*before, *project.command("ccdeploy deploy", face)]
    process = subprocess.Popen(
        words, cwd=project.folder, env=project.environment("waits", **more), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert _line(process) == "waiting"
        yield process
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_verb_clean_up_and_ends_with_130(project: Project, face: str, number: int) -> None:
    """SIGTERM is what CI sends, SIGHUP what a lost connection sends; both would leave the lock behind."""
    with waiting(project, face) as process:
        process.send_signal(number)
        assert _line(process) == "restoring"
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ccdeploy: interrupted" in said
    assert "Traceback" not in said


def test_an_impatient_second_signal_does_not_stop_the_cleaning_up(project: Project, face: str) -> None:
    """People press Ctrl-C twice; the host must not be left half-way for it."""
    with waiting(project, face, CCDEPLOY_TEST_RESTORES="1") as process:
        process.send_signal(signal.SIGINT)
        assert _line(process) == "restoring"
        process.send_signal(signal.SIGINT)
        assert _line(process) == "still"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert "still restoring the host" in said
    # The third one meant it, and the code says that nobody vouches for the host.
    assert process.returncode == 7


def test_a_hangup_that_was_ignored_stays_ignored(project: Project) -> None:
    """`nohup ccdeploy deploy` is to outlive its terminal."""
    with waiting(project, "ccdeploy", "nohup") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert _line(process) == "restoring"
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "SIGHUP" not in said
