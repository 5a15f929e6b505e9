"""Who deploys, from which machine and commit."""

from __future__ import annotations

import getpass
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.release.manifest import Performer


def performer(folder: Path) -> Performer:
    """Return who deploys, from which machine and commit."""
    from ccdeploy.release.manifest import Performer

    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        who = "unknown"
    return Performer(who, socket.gethostname(), _commit(folder))


def _commit(folder: Path) -> str | None:
    """Return the commit of the user's project, marked when files differ from it; None outside a repository."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None
