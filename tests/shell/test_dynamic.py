"""Traefik's dynamic file is seen as it is, and written in one rename, in every shell at hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ccdeploy.shell import dynamic
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.dynamic import CHANGED, write_lines
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NOT_WRITTEN, script
from ccdeploy.shell.sections import function, split
from tests.shell.shells import ShellTransport
from tests.shell.staging import run

TEXT = "# it's 100% $HOME \\n `x` %s\nhttp:\n"
NAME = "a 'dynamic' $HOME.yml"


def ask(here: ShellTransport, root: Path, path: str) -> tuple[str, str, bytes]:
    """Return kind, folder and content, as the host tells them."""
    asked = script(f"root={quote(str(root))}", function("=m="), dynamic.ask_lines(path), "section end")
    parts = split(here.run(Command("ask", asked)).stdout, "=m=")
    return parts["dynamic_kind"].decode().strip(), parts["dynamic_folder"].decode().strip(), parts["dynamic"]


def seen(path: Path) -> str:
    """The digest of a file as it was read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_file_is_told_byte_for_byte(here: ShellTransport, root: Path, is_absolute: bool) -> None:
    """Its digest decides whether it may be written."""
    file = root / NAME
    file.write_bytes(b"\xff\x00a: b\n\n")
    told = ask(here, root, str(file) if is_absolute else NAME)
    assert told == ("file", "writable", b"\xff\x00a: b\n\n")


def test_what_is_no_file_is_told_as_what_it_is(here: ShellTransport, root: Path) -> None:
    """Each has a remedy of its own."""
    (root / "folder.yml").mkdir()
    (root / "link.yml").symlink_to("elsewhere.yml")
    (root / "elsewhere.yml").write_text("a")
    (root / "broken.yml").symlink_to("nowhere.yml")
    kinds = {name: ask(here, root, f"{name}.yml") for name in ("folder", "link", "broken", "absent", "no/such")}
    assert {name: kind for name, (kind, _, _) in kinds.items()} == {
        "folder": "folder",
        "link": "link",
        "broken": "link",
        "absent": "absent",
        "no/such": "absent",
    }
    assert kinds["no/such"][1] == "absent"
    assert all(not data for _, _, data in kinds.values())


def test_the_root_folder_is_one_too(here: ShellTransport, root: Path) -> None:
    """`/dynamic.yml` is odd, and no reason to ask for the folder ''."""
    assert ask(here, root, "/no-such-file-of-ccdeploy.yml")[1] in ("writable", "there")


@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_file_gets_its_first_and_its_next_text(here: ShellTransport, root: Path, is_absolute: bool) -> None:
    """The whole of it, readable to Traefik whoever it runs as, and nothing beside it."""
    file = root / "traefik" / NAME
    file.parent.mkdir()
    path = str(file) if is_absolute else f"traefik/{NAME}"
    assert run(here, root, write_lines(path, TEXT, None)) == 0
    assert run(here, root, write_lines(path, TEXT * 2, seen(file))) == 0
    assert (file.read_text(), file.stat().st_mode & 0o777) == (TEXT * 2, 0o644)
    assert list(file.parent.iterdir()) == [file]


def test_a_file_is_replaced_and_not_written_over(here: ShellTransport, root: Path) -> None:
    """Traefik may read it at any moment: it finds the old text or the new one."""
    file = root / NAME
    file.write_text("old")
    with file.open() as reader:
        assert run(here, root, write_lines(NAME, TEXT, seen(file))) == 0
        assert reader.read() == "old"


@pytest.mark.parametrize("was", ["there", "absent"])
def test_what_another_hand_wrote_meanwhile_stays(here: ShellTransport, root: Path, was: str) -> None:
    """Theirs is the newer word."""
    file = root / NAME
    file.write_text("ours")
    expected = seen(file) if was == "there" else None
    file.write_text("theirs")
    assert run(here, root, write_lines(NAME, TEXT, expected)) == CHANGED
    assert file.read_text() == "theirs"


def test_a_file_that_was_removed_meanwhile_is_not_made_again(here: ShellTransport, root: Path) -> None:
    """Whoever took it away meant something."""
    file = root / NAME
    file.write_text("ours")
    expected = seen(file)
    file.unlink()
    assert run(here, root, write_lines(NAME, TEXT, expected)) == CHANGED
    assert not file.exists()


@pytest.mark.parametrize("is_broken", [True, False])
def test_a_link_is_never_replaced(here: ShellTransport, root: Path, is_broken: bool) -> None:
    """A rename would put a file in its place; behind it, Traefik would notice nothing."""
    file, target = root / NAME, root / "target.yml"
    file.symlink_to(target)
    if not is_broken:
        target.write_text("theirs")
    expected = None if is_broken else seen(target)
    assert run(here, root, write_lines(NAME, TEXT, expected)) == CHANGED
    assert file.is_symlink()
    assert target.exists() is not is_broken


def test_a_folder_of_that_name_stays(here: ShellTransport, root: Path) -> None:
    """`mv` would put the file into it, and be content."""
    (root / NAME).mkdir()
    assert run(here, root, write_lines(NAME, TEXT, None)) == CHANGED
    assert list((root / NAME).iterdir()) == []


def test_a_folder_that_is_not_there_is_not_passed_over(here: ShellTransport, root: Path) -> None:
    """A switch that did not happen must not look like one."""
    assert run(here, root, write_lines("no/such.yml", TEXT, None) + ": and further lines\n") == NOT_WRITTEN


def test_what_a_script_left_that_was_cut_off_goes(here: ShellTransport, root: Path) -> None:
    """Traefik passes over a name that does not end in .yml; it would lie there for ever."""
    (root / f"{NAME}.new.123").write_text("half")
    assert run(here, root, write_lines(NAME, TEXT, None)) == 0
    assert [path.name for path in root.glob("*.new.*")] == []


def test_nothing_is_written_under_a_lock_that_is_lost(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Another one is deploying by now."""
    assert here.run(dynamic.write(Hold(hold.root, "you"), NAME, TEXT, None)).status == LOCK_LOST
    assert not (root / NAME).exists()
    assert here.run(dynamic.write(hold, NAME, TEXT, None)).status == 0
    assert here.run(dynamic.write(hold, NAME, TEXT, None)).status == CHANGED
