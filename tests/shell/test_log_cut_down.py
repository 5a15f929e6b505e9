"""Logs that have no end: what is read of one and kept of one is bounded, however fast it grows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.shell import log
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.prelude import script
from tests.shell.shells import ShellTransport
from tests.support.waiting import until

LINE = b"all that a request holds\n"
WRITES = """import os, sys
with open(sys.argv[1], 'ab', buffering=0) as file:
    for _ in range(int(sys.argv[2])):
        file.write(b"all that a request holds\\n" * 40_000)
"""


@pytest.fixture
def growing(root: Path) -> Iterator[Path]:
    """A log that somebody writes to as fast as a disk takes it: a quarter of a gigabyte, if nobody stops it."""
    file = root / "logs" / "litellm.log"
    with subprocess.Popen([sys.executable, "-ISc", WRITES, str(file), "250"]) as writer:
        until(lambda: file.exists() and file.stat().st_size > 5_000_000, "a log that grows")
        yield file
        writer.kill()


def run(way: ShellTransport, root: Path, *lines: str) -> str:
    """Run lines below root; return what they print."""
    return way.run(Command("lines", script(f"cd {quote(str(root))}", *lines))).text


def test_the_end_of_a_log_that_grows_is_read_and_that_is_all(here: ShellTransport, root: Path, growing: Path) -> None:
    """`tail -n 40` would print until the writer stops: it reads to the end of the file."""
    told = run(here, root, log.last_lines("logs/litellm.log", 40))
    assert 39 <= len(told.splitlines()) <= 40
    run(here, root, log.keep("logs/litellm.log", "logs/kept.log"))
    assert 0 < (root / "logs" / "kept.log").stat().st_size <= log.KEPT_BYTES


@pytest.mark.parametrize(
    "text",
    [b"", b"one\n", b"one\ntwo", LINE * 50, b"x" * 300_000, b"\0" * 300_000],
    ids=["empty", "line", "cut-off", "lines", "endless", "zeros"],
)
def test_the_last_lines_are_those_of_tail_within_the_bound(here: ShellTransport, root: Path, text: bytes) -> None:
    """A short log is shown as it always was; one line without an end is cut."""
    (root / "logs" / "l").write_bytes(text)
    told = run(here, root, log.last_lines("logs/l", 40)).encode()
    assert told == b"".join(text[-log.KEPT_BYTES :].splitlines(keepends=True)[-40:])


def test_a_log_that_is_not_there_has_no_last_lines(here: ShellTransport, root: Path) -> None:
    """A proxy that could not be started has written none."""
    assert run(here, root, log.last_lines("logs/l", 40) + " || :") == ""


def test_the_logs_of_shadows_are_cut_down_to_their_end(here: ShellTransport, root: Path) -> None:
    """A shadow that wrote a gigabyte leaves its last words, and one that wrote little all of them."""
    large, small = root / "logs" / "shadow-1.log", root / "logs" / "shadow-2 'x'.log"
    large.write_bytes(LINE * 20_000 + b"the last word\n")
    small.write_bytes(LINE)
    (root / "logs" / "litellm.log").write_bytes(LINE * 20_000)
    run(here, root, log.cut_down_shadows())
    kept = large.read_bytes().splitlines()
    assert (len(kept), kept[-1]) == (log.KEPT_LINES, b"the last word")
    assert small.read_bytes() == LINE
    assert (root / "logs" / "litellm.log").stat().st_size == len(LINE) * 20_000


def test_only_logs_in_that_very_folder_are_cut_down(here: ShellTransport, root: Path, tmp_path: Path) -> None:
    """A folder beside them is somebody's archive; the folder itself may be a link to a larger disk."""
    (root / "logs").rename(tmp_path / "disk")
    (root / "logs").symlink_to(tmp_path / "disk")
    ours, old, odd = (root / "logs" / name for name in ("shadow-1.log", "old/shadow-0.log", "shadow-x\n2.log"))
    old.parent.mkdir()
    for path in (ours, old, odd):
        path.write_bytes(LINE * 20_000)
    run(here, root, log.cut_down_shadows())
    whole = len(LINE) * 20_000
    assert [path.stat().st_size < whole for path in (ours, old, odd)] == [True, False, True]
    assert sorted(path.name for path in (root / "logs").iterdir()) == ["old", "shadow-1.log", "shadow-x\n2.log"]
