"""A disk that can be filled and emptied again, under the root of one host."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

BYTES = 64 << 20  # a deploy wants 50 MB free
FILES = 4000
_CHUNK = 1 << 20


class SmallDisk(Protocol):
    """Something that takes no more until it is freed."""

    def fill(self) -> None:
        """Let it take no more."""

    def free(self) -> None:
        """Let it take something again."""


@dataclass(frozen=True)
class Volume:
    """A tmpfs, which is full when its bytes are used up, or its inodes."""

    folder: Path
    lacks: str = "bytes"

    def fill(self) -> None:
        """Use up all that is left."""
        (self._ballast / "0").parent.mkdir(exist_ok=True)
        with suppress(OSError):
            if self.lacks == "files":
                for number in range(FILES):
                    (self._ballast / f"{number}").touch()
            else:
                self._write()

    def free(self) -> None:
        """Give back what was used up."""
        for file in self._ballast.iterdir():
            file.unlink()
        self._ballast.rmdir()

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def _write(self) -> None:
        with (self._ballast / "0").open("ab", buffering=0) as file:
            for size in (_CHUNK, 1):  # the last page is filled up byte by byte
                with suppress(OSError):
                    while file.write(b"\0" * size):
                        pass


@dataclass(frozen=True)
class Quota:
    """Stands in for a full disk where nothing can be mounted: what somebody starts who logs in writes no byte.

    `first` are the lines by which the login sees to that: a write is an error then, and no signal.
    """

    flag: Path

    @property
    def first(self) -> str:
        """What the login does before anything else."""
        return f"[ ! -e {shlex.quote(str(self.flag))} ] || {{ trap '' XFSZ; ulimit -f 0; }}"

    def fill(self) -> None:
        """Let no file grow."""
        self.flag.touch()

    def free(self) -> None:
        """Let them grow."""
        self.flag.unlink()


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a tmpfs, and take it away in the end; skip where this user may not."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may mount nothing here: {done.stderr.strip() or 'mount failed'}")
    try:
        yield
    finally:
        unmount(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write into a folder, not even root; skip where this user may mount nothing."""
    bind = ["mount", "--bind", str(folder), str(folder)]
    done = subprocess.run(bind, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may mount nothing here: {done.stderr.strip() or 'mount failed'}")
    try:
        again = ["mount", "-o", "remount,ro,bind", str(folder)]
        subprocess.run(again, check=True, capture_output=True)
        yield
    finally:
        unmount(folder)


def unmount(folder: Path) -> None:
    """Take a mount away lazily: a process that has just been killed may hold a file for a moment longer."""
    command = ["umount", "-l", str(folder)]
    subprocess.run(command, check=True)
