"""Room for the records of an attempt: kept while there is some, used when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.launch import ROOM_BYTES
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.releases import record
from tests.shell.shells import ShellTransport


def run(way: ShellTransport, root: Path, *lines: str) -> None:
    """Run lines below root."""
    way.run(Command("lines", script(f"cd {quote(str(root))}", *lines)))


def test_room_is_as_large_as_was_asked_for_until_it_is_used(here: ShellTransport, root: Path) -> None:
    """A sparse file would keep nothing; the small files are inodes."""
    run(here, root, f"set_room {ROOM_BYTES}")
    (ballast, *others) = sorted((root / "run" / ".room").iterdir())
    assert ballast.stat().st_size == ROOM_BYTES
    assert ballast.stat().st_blocks * 512 >= ROOM_BYTES
    assert len(others) == ROOM_BYTES // 8192
    run(here, root, "set_room 10", "use_room")
    assert not list((root / "run").iterdir())


def test_an_attempt_that_is_recorded_leaves_no_room_behind(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It is used by the script that records, before its first line."""
    run(here, root, f"set_room {ROOM_BYTES}")
    here.run(record(hold, ["[ ! -e run/.room ] || exit 1\n"], unlock=True))
    assert not (root / "run" / ".room").exists()


@pytest.mark.parametrize("lines", ["write missing/file 644 </dev/null", "echo x | write run 644"])
def test_what_cannot_be_written_leaves_nothing_half_written(here: ShellTransport, root: Path, lines: str) -> None:
    """On a full disk each such file would stay."""
    before = sorted(root.rglob("*"))
    run(here, root, f"{lines} 2>/dev/null && exit 1", ":")
    assert sorted(root.rglob("*")) == before


def test_a_link_that_cannot_be_moved_leaves_nothing_behind(here: ShellTransport, root: Path) -> None:
    """A folder in its place, say."""
    (root / "current" / "x").mkdir(parents=True)
    run(here, root, "relink releases/1 . current 2>/dev/null && exit 1", ":")
    assert not [path for path in root.iterdir() if path.name.startswith(".link")]


def test_a_link_that_leads_nowhere_is_no_reason_to_stop(here: ShellTransport, root: Path) -> None:
    """It has the name of what ccdeploy writes for a moment; what is there is replaced, whatever it is."""
    for name in ("run/.room", "file.new.$$", ".link.$$"):
        run(here, root, f"ln -s nowhere {name}", "set_room 10 && echo x | write file 644 && relink a . current")
    assert (root / "run" / ".room" / "0").stat().st_size == 10
    assert ((root / "file").read_text(), (root / "current").readlink()) == ("x\n", Path("a"))
