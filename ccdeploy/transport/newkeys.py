"""Writing a new host's key into known_hosts (`accept-new`), beside other programs that write there too."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def opened_for_keys(path: Path) -> Iterator[BinaryIO]:
    """Open a known_hosts file to read and append, made with its folder where it is missing.

    Ours alone among programs that lock it; `ssh` locks nothing and appends whole lines, as we do.
    Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as file:
        with suppress(OSError):  # a home on a network mount may have no locks: then a key may stand there twice
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def keeps(path: Path | None) -> bool:
    """Whether what is written into the file stays: /dev/null is a usual way to keep no keys."""
    with suppress(OSError):
        return path is not None and not stat.S_ISCHR(path.stat().st_mode)
    return path is not None


def append_line(file: BinaryIO, text: str, line: str) -> None:
    """Append a line to a file that holds `text`, in one write, so that no other writer's line gets into it."""
    file.write(("" if not text or text.endswith("\n") else "\n").encode() + line.encode())
