"""The sandbox's folder on disk: made, removed, and held by one command at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ccdeploy.errors import Refused
from ccdeploy.sandbox.layout import Layout

LOCK_TIMEOUT_S = 300.0  # longer than the slowest boot that `up` itself waits for

Say = Callable[[str], None]


def prepare(layout: Layout) -> None:
    """Make the folders that every sandbox has."""
    layout.base.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (layout.ssh, layout.root, layout.dynamic_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    layout.ssh.chmod(0o700)
    ignored = layout.kept / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n")  # keys and logs: nothing of this belongs into a repository


def remove(folder: Path) -> None:
    """Remove a folder with all in it; a release's folder may be read-only, and a link is never followed."""
    if not folder.exists():
        return
    for parent, folders, _ in os.walk(folder, followlinks=False):
        for name in folders:
            path = Path(parent) / name
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def locked(layout: Layout, say: Say) -> Iterator[None]:
    """Hold the sandbox's file lock; whoever comes second waits, then finds the work done."""
    layout.kept.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    was_told = False
    with layout.lock.open("w") as file:
        while not _took(file.fileno()):
            if time.monotonic() > deadline:
                raise Refused(
                    f"sandbox: another command has been at work on it for {LOCK_TIMEOUT_S:g} s",
                    hint=f"see who holds {layout.lock} with `lsof`",
                )
            if not was_told:
                say("another command is bringing the sandbox up or down; waiting for it")
                was_told = True
            time.sleep(0.05)
        yield


def _took(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
