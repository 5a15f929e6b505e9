"""A log is turned over while proxies write to it at full speed: no line is lost, none is cut, none comes twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ccdeploy.remote import log
from ccdeploy.shell import launch
from ccdeploy.shell import log as log_script
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold
from tests.shell.shells import ShellTransport
from tests.shell.tiny import start_shadow, tiny
from tests.support.free_port import free_port
from tests.support.waiting import until

WRITER = Path(__file__).with_name("numbered_writer.py")
NAMES = ("first", "second", "third")


def test_no_line_is_lost_or_cut_when_a_log_is_turned_over(
    here: ShellTransport, root: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old proxy finishes its streams, and writes, while the new one's start renames the log under it."""
    monkeypatch.setattr(launch, "LOG_KEPT_BYTES", 20_000)
    file = root / "logs" / "serving.log"
    read: dict[int, bytes] = {}
    offsets: dict[int, int] = {}

    def read_on() -> None:
        for part in log.more(here, str(root), "logs/serving.log", offsets, ".env").parts:
            read[part.inode] = read.get(part.inode, b"") + part.data
            offsets[part.inode] = part.end

    for name in NAMES:
        argv = (
            sys.executable,
            "-I",
            "-S",
            str(WRITER),
            name,
            str(port := free_port()),
            f"{root}/stop",
            f"{root}/{name}",
        )
        assert start_shadow(here, hold, tiny(root, port, argv=argv)).parts["state"] == "bound"
        until(lambda: file.stat().st_size > launch.LOG_KEPT_BYTES, "a log that is turned over by the next start")
        read_on()
    (root / "stop").touch()
    until(lambda: all((root / name).exists() for name in NAMES), "the end of the writers")
    files = [file.with_name(f"serving.log{end}") for end in (".2", ".1", "")]
    for path, name in zip(files, NAMES, strict=True):
        count = int((root / name).read_text())
        assert path.read_bytes() == b"".join(b"%s %d\n" % (name.encode(), number) for number in range(count))
    while sum(offsets.values()) < sum(path.stat().st_size for path in files):
        read_on()
    assert read == {path.stat().st_ino: path.read_bytes() for path in files}


def test_a_log_has_two_predecessors_and_no_more(here: ShellTransport, root: Path) -> None:
    """A disk that fills up with logs is a host that can be deployed to no more."""
    file = root / "logs" / "litellm.log"
    turn_over = Command("turn over", f"cd {quote(str(root))}\n{log_script.turn_over('logs/litellm.log', 4)}\n")
    for text in ("one\n", "one\nmore\n", "second\n", "third\n", "fourth\n"):
        file.write_text(text)
        here.run(turn_over)
    assert {path.name: path.read_text() for path in file.parent.iterdir()} == {
        "litellm.log.1": "fourth\n", "litellm.log.2": "third\n",
    }  # fmt: skip
