"""Who logs in to the sandbox, and the environment that sshd would give."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ccdeploy.sandbox.processes import MARK

# What OpenSSH gives to a command on Linux and on macOS: no /opt/homebrew/bin, no /usr/local/bin.
SSHD_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
_PASSED_ON = ("LANG", "LC_", "TZ")


@dataclass(frozen=True)
class Account:
    """Who logs in: name, home, login shell; `mark` goes into the environment of all that is started."""

    user: str
    home: Path
    shell: str
    mark: str

    def environment(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a command: the little that sshd sets, and the locale that the client asked for."""
        wanted = {k: v for k, v in asked.items() if k.startswith(_PASSED_ON)}
        zone = {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
        return {
            **zone,
            **wanted,
            "HOME": str(self.home),
            "USER": self.user,
            "LOGNAME": self.user,
            "SHELL": self.shell,
            "PATH": SSHD_PATH,
            MARK: self.mark,
        }


def user_name() -> str:
    """Return the name of the user who runs this; a container may have none for the number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"u{os.getuid()}"
