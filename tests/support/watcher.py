"""The dead man's switch of a studio: which process it is, how it is halted, and when it has done its work."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.slots import LAPSED
from tests.support.studio import Studio
from tests.support.waiting import until


def files(studio: Studio) -> list[Path]:
    """Return what there is of watchers on the host."""
    return sorted((studio.root / "run" / "deadman").glob("[!.]*"))


def pid_of_watcher(studio: Studio) -> int:
    """Return the pid of the watcher that is armed."""
    (file,) = (studio.root / "run" / "deadman").glob("*.pid")
    return int(file.read_text().split()[0])


def wait_until_gone_back(studio: Studio) -> None:
    """Wait until the host has gone back by itself; a script that was put there and never started is no watcher.

    One that was armed by a script of a client that was gone already takes the lock's heartbeat for a new one,
    and waits for a minute: one that is another, and as old, tells it. It is halted meanwhile, or it might
    have made a lock of its own by then.
    """
    owner = studio.root / "lock" / "owner.json"

    def is_over() -> bool:
        if all(file.suffix == ".sh" for file in files(studio)):
            return True
        with suppress(OSError, ValueError), halted(studio):
            said = json.loads(owner.read_text())
            if said["heartbeat"] <= LAPSED and any(file.suffix == ".armed" for file in files(studio)):
                owner.write_text(json.dumps(said | {"heartbeat": LAPSED - said["heartbeat"]}))
        return False

    until(is_over, "the host has gone back", within_s=40)


@contextmanager
def halted(studio: Studio) -> Iterator[None]:
    """Let the watcher do nothing for the length of a block, for a look at what it will go back from."""
    pid = pid_of_watcher(studio)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
