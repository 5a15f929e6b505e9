"""The % tokens and `${NAME}`s of ssh_config(5): `ssh -G` prints paths and commands as they were written."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tokens:
    """What the tokens stand for on the way to one host."""

    original: str
    hostname: str
    port: int
    user: str
    jump: str
    key_alias: str | None = None

    def expand(self, text: str) -> str:
        """Return `text` with its tokens and `${NAME}`s replaced."""
        text = re.sub(r"\$\{(\w+)\}", lambda match: os.environ.get(match[1], ""), text)
        return re.sub(r"%(.)", lambda match: self._values().get(match[1], match[0]), text)

    def path(self, text: str) -> Path:
        """Return `text` as a path, tokens and `~` replaced."""
        return Path(self.expand(text)).expanduser()

    def _values(self) -> dict[str, str]:
        local = socket.gethostname()
        host, port, user = self.hostname, str(self.port), self.user
        return {
            "%": "%", "h": host, "k": self.key_alias or host, "n": self.original, "p": port, "r": user, "j": self.jump,
            "d": str(Path.home()), "i": str(os.getuid()), "u": getpass.getuser(),
            "l": local, "L": local.partition(".")[0],
            "C": hashlib.sha1(f"{local}{host}{port}{user}{self.jump}".encode()).hexdigest(),  # noqa: S324 a name, by OpenSSH's definition
        }  # fmt: skip
