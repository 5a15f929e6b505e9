"""The heartbeat of a lock whose owner is gone, made as old as it gets by itself."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

_NEW = "owner.json.older"


def set_back(root: Path, moment: int) -> None:
    """Give the lock that is held now a heartbeat of this moment (seconds since 1970); one without any stays so.

    It may be given back or taken over by the host at any time: whatever is written goes with the folder that was
    there at first, and never into the next one.
    """
    with suppress(FileNotFoundError):
        folder = os.open(root / "lock", os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.fdopen(os.open("owner.json", os.O_RDONLY, dir_fd=folder), encoding="utf-8") as file:
                told = json.load(file)
            if "heartbeat" not in told:
                return
            new = os.open(_NEW, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=folder)
            with os.fdopen(new, "w", encoding="utf-8") as file:
                json.dump(told | {"heartbeat": moment}, file)
            os.replace(_NEW, "owner.json", src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(folder)
