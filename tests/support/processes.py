"""Whether processes live."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.waiting import until


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc").is_dir()


def pids_in(file: Path, count: int = 1) -> list[int]:
    """Wait until a script has written so many pids into a file, one a line, and return them."""

    def pids() -> list[int]:
        text = file.read_text() if file.exists() else ""
        return [int(line) for line in text.split("\n")[:-1]]

    until(lambda: len(pids()) >= count, f"{count} pids in {file}")
    return pids()
