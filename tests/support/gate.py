"""A gate in a script: it waits there until the test opens it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.waiting import until


class Gate:
    """A named pipe in `folder`; a script waits at it with `read line <PATH`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate"
        os.mkfifo(self.path)

    def open(self) -> None:
        """Let the script go on; fail when nobody waits."""
        until(self._passes, "somebody who waits at the gate")

    def _passes(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads
            return False
        os.write(descriptor, b"go\n")
        os.close(descriptor)
        return True
