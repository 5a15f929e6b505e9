"""Reading a log by inode and offset, under every shell: each byte once, whatever happens to the file meanwhile."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.remote import log
from ccdeploy.shell import log as script
from ccdeploy.shell.command import Command, Result, quote
from ccdeploy.transport.local import LocalTransport
from tests.shell.shells import NAMES, ShellTransport, shell_or_skip

LOG = "logs/litellm.log"


@pytest.fixture(params=NAMES)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> ShellTransport:
    """This machine as a host, once with each shell."""
    return ShellTransport(shell_or_skip(request.param, tmp_path))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root whose name needs quoting, with an environment and no log yet."""
    root = tmp_path / "a 'root' $HOME"
    (root / "logs").mkdir(parents=True)
    (root / ".env").write_text("A=1\n")
    return root


class Reader:
    """Remembers what it read, as one does who follows."""

    def __init__(self, transport: LocalTransport, root: Path) -> None:
        self.transport, self.root = transport, root
        self.read: dict[int, bytes] = {}
        self.offsets: dict[int, int] = {}
        self.told: list[tuple[str, bytes]] = []

    def begin(self, count: int = 1000) -> log.Recent:
        """Read the end of the log."""
        found = log.recent(self.transport, str(self.root), [LOG], count)
        assert found
        self._take(found.parts)
        return found

    def go_on(self) -> list[tuple[str, bytes]]:
        """Read what came after it."""
        found = log.more(self.transport, str(self.root), LOG, self.offsets, ".env")
        self._take(found.parts)
        self.offsets = {inode: at for inode, at in self.offsets.items() if inode in found.inodes}
        return [(part.how, part.data) for part in found.parts]

    def _take(self, parts: tuple[log.Part, ...]) -> None:
        self.offsets |= {part.inode: part.end for part in parts}


def turn_over(root: Path) -> None:
    """Give the log its next name, as a start does."""
    done = LocalTransport().run(Command("turn over", f"cd {quote(str(root))}\n{script.turn_over(LOG, 0)}\n"))
    assert done.status == 0


def test_the_end_of_a_log_reaches_into_its_predecessors(here: ShellTransport, root: Path) -> None:
    """Just after a log was turned over, its last fifty lines are in the file before."""
    for text in ("first\n", "second\n", "third\n"):
        (root / LOG).write_text(text)
        if text != "third\n":
            turn_over(root)
    found = Reader(here, root).begin(10)
    assert [(part.start, part.data) for part in found.parts] == [(6, b""), (3, b"ond\n"), (0, b"third\n")]
    assert not found.is_whole
    assert Reader(here, root).begin(19).is_whole
    assert found.log == LOG


def test_a_log_that_is_not_there_is_none_and_the_first_that_is_there_counts(here: ShellTransport, root: Path) -> None:
    """A release's log is that of its failure, or else of its shadow."""
    assert log.recent(here, str(root), ["logs/a", "logs/b"], 10) is None
    (root / "logs" / "b").write_text("b")
    found = log.recent(here, str(root), ["logs/a", "logs/b"], 10)
    assert found
    assert (found.log, found.parts[0].data) == ("logs/b", b"b")


def test_what_is_appended_comes_once(here: ShellTransport, root: Path) -> None:
    """Bytes are bytes: no end of a line, no NUL and no mark of ours is changed on its way."""
    (root / LOG).write_bytes(b"old\n")
    reader = Reader(here, root)
    assert reader.begin().parts[-1].data == b"old\n"
    odd = b"\n\n\0\xff no end"
    with (root / LOG).open("ab") as file:
        file.write(odd)
    assert reader.go_on() == [("on", odd)]
    with (root / LOG).open("ab") as file:
        file.write(b"!\n")
    assert reader.go_on() == [("on", b"!\n")]


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(here: ShellTransport, root: Path) -> None:
    """The proxy that finishes its streams writes into the renamed file for as long as it lives."""
    (root / LOG).write_text("one\n")
    reader = Reader(here, root)
    reader.begin()
    with (root / LOG).open("a") as held:
        turn_over(root)
        (root / LOG).write_text("three\n")
        held.write("two\n")
        held.flush()
        assert reader.go_on() == [("on", b"two\n"), ("new", b"three\n")]
        held.write("four\n")
        held.flush()
        with (root / LOG).open("a") as new:
            new.write("five\n")
        assert reader.go_on() == [("on", b"four\n"), ("on", b"five\n")]


def test_a_truncated_file_is_told_and_read_from_its_beginning(here: ShellTransport, root: Path) -> None:
    """Somebody's logrotate with copytruncate: what it says now is shown, and that something may be missing is said."""
    (root / LOG).write_text("a long line\n")
    reader = Reader(here, root)
    reader.begin()
    os.truncate(root / LOG, 0)
    with (root / LOG).open("a") as file:
        file.write("new\n")
    assert reader.go_on() == [("cut", b"new\n")]


def test_a_long_absence_is_caught_up_with_in_several_answers(here: ShellTransport, root: Path) -> None:
    """No answer outgrows the memory, and a newer file waits until the older one was read to its end."""
    (root / LOG).write_text("one\n")
    reader = Reader(here, root)
    reader.begin()
    most = script.AT_ONCE_BYTES
    with (root / LOG).open("ab") as file:
        file.write(b"x" * (most + 3))
    turn_over(root)
    (root / LOG).write_text("new\n")
    assert [(how, len(data)) for how, data in reader.go_on()] == [("on", most)]
    assert reader.go_on() == [("on", b"xxx"), ("new", b"new\n")]


def test_a_followed_file_that_was_renamed_twice_is_still_found(here: ShellTransport, root: Path) -> None:
    """Two deploys while the laptop was shut."""
    (root / LOG).write_text("one\n")
    reader = Reader(here, root)
    reader.begin()
    for text in ("two\n", "three\n"):
        turn_over(root)
        (root / LOG).write_text(text)
    assert reader.go_on() == [("new", b"two\n"), ("new", b"three\n")]


class Meddling(LocalTransport):
    """Turns the log over while its answer is on the way."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self._line, self.count = line, 0

    def run(self, command: Command) -> Result:
        """Run the script with the rename between the look at a file and its reading."""
        self.count += 1
        if self.count > 1:
            return super().run(command)
        rename = f"[ -e {LOG}.1 ] || {{ mv {LOG} {LOG}.1; echo other >{LOG}; }}"
        meddled = command.script.replace(self._line, f"{self._line}\n{rename}", 1)
        assert meddled != command.script
        return super().run(replace(command, script=meddled))


def test_a_file_that_is_renamed_while_it_is_read_is_asked_for_again(root: Path) -> None:
    """Bytes of one file under the name of another would be a line lost and one made up."""
    (root / LOG).write_text("mine\n")
    transport = Meddling('section "part $2 $3 $4 $5"')
    found = log.recent(transport, str(root), [LOG], 1000)
    assert found
    assert [part.data for part in found.parts] == [b"mine\n", b"other\n"]
    assert transport.count == 2
