"""Ctrl-C, SIGTERM and a terminal that goes away: the verb is told once, and may restore the host in peace."""

from __future__ import annotations

import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

import pytest

from ccdeploy.cli.interrupt import interruptible
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
        _, said = process.communicate(timeout=180)
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
        _, said = process.communicate(timeout=180)
    assert "still restoring the host" in said
    # The third one meant it, and the code says that nobody vouches for the host.
    assert process.returncode == 7


def test_a_hangup_that_was_ignored_stays_ignored(project: Project) -> None:
    """`nohup ccdeploy deploy` is to outlive its terminal."""
    with waiting(project, "ccdeploy", "nohup") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert _line(process) == "restoring"
        _, said = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "SIGHUP" not in said


class Finalized:
    """Is told to stop while Python clears it away, as a channel of paramiko's may be."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


class Swallowing:
    """Is told to stop while it is cleared away, and lets nobody know: paramiko's channels catch all there."""

    def __del__(self) -> None:
        with suppress(BaseException):
            signal.raise_signal(signal.SIGTERM)


class Collected:
    """Is told to stop when it is collected, outside of a method that is known as a finalizer."""

    def __init__(self) -> None:
        weakref.finalize(self, signal.raise_signal, signal.SIGTERM)


def go_on(cleared: Callable[[], object], until_stopped: Event) -> None:
    """Clear something away, and go on with what takes long."""
    cleared()
    until_stopped.wait(20)


@pytest.mark.parametrize("cleared", [Finalized, Swallowing, Collected])
def test_a_signal_within_a_finalizer_is_raised_right_after_it(
    capfd: pytest.CaptureFixture[str], cleared: Callable[[], object]
) -> None:
    """Python prints what is raised in one and goes on: the deploy would go on too, and end with 0."""
    with interruptible() as interrupts, pytest.raises(KeyboardInterrupt, match="by SIGTERM"):
        go_on(cleared, Event())
    assert interrupts.count == 1
    assert interrupts.error().exit_code == 130
    assert capfd.readouterr() == ("", "")


# Sends a signal when a module is loaded, which stands for a moment in the life of the process; then goes on.
SENDS = """
import importlib.abc, os, sys
class Sender(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            {how}
sys.meta_path.insert(0, Sender())
import {before}
from ccdeploy.__main__ import main
sys.argv = ["ccdeploy", *{words!r}]
main()
"""
AT_ONCE = "os.kill(os.getpid(), {number})"
# As in the middle of an import that makes a dataclass.
IN_EXEC = "exec('import os; os.kill(os.getpid(), {number}); [None for _ in range(1000)]')"


def sent(
    project: Project, number: int, module: str, how: str, *words: str, before: str = "sys"
) -> subprocess.CompletedProcess[str]:
    """Run a command line that is sent a signal when it loads a module; another one is loaded before."""
    code = SENDS.format(module=module, how=how.format(number=int(number)), words=words, before=before)
    (project.folder / "sends.py").write_text(code)
    return project.run_words([sys.executable, "-m", "sends"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_verb_is_known_ends_with_130_and_a_sentence(project: Project, number: int) -> None:
    """Whoever notices a typing error presses Ctrl-C at once: a traceback would look like a crash."""
    done = sent(project, number, "ccdeploy.cli.main", AT_ONCE, "deploy")
    assert (done.returncode, done.stderr, done.stdout) == (130, "ccdeploy: interrupted\n", "")
    assert project.asked == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_an_import_of_a_verb_ends_with_130(project: Project, number: int) -> None:
    """`python -m` would end by SIGINT for it, after all has been restored and said: not with a code of ours."""
    done = sent(project, number, "ccdeploy.app", IN_EXEC, "deploy", before="ccdeploy.report.failure")
    assert (done.returncode, project.asked) == (130, []), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_verb_leaves_its_code(project: Project, number: int) -> None:
    """The process only tidies up by then: what the verb did is what a pipeline must read."""
    code = (
        f"import atexit, os, sys\nfrom ccdeploy.__main__ import main\n"
        f"atexit.register(os.kill, os.getpid(), {int(number)})\n"
        "sys.argv = ['ccdeploy', 'nonsense']\nmain()"
    )
    done = project.run_words([sys.executable, "-c", code])
    assert done.returncode == 2
    assert "interrupted" not in done.stderr
