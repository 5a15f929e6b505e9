"""A host with an empty home behind a real sshd: a Python in its PATH, pip's own settings, and nothing of ours.

The Python is a real one. Only `-m venv` is quick: it copies a venv that was made once, since three
seconds for each test would be minutes for all of them. The copies keep the times of the files:
else Python would compile all of pip again, a second for each run.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.neighbourhood import Neighbourhood
from tests.support.openssh import sshd, zsh_or_skip

_PYTHON = """#!/bin/sh
if [ "$1 $2" = '-m venv' ]; then {wait}mkdir -p "$3" && exec cp -Rp {template}/. "$3"; fi
exec {python} "$@"
"""
_PIP = """[global]
index-url = {url}
trusted-host = 127.0.0.1
timeout = {timeout_s}
retries = 0
[install]
user = true
"""


@dataclass(frozen=True)
class BareHost:
    """How to reach it, its home, and the Python that makes venvs in truth."""

    way: dict[str, Any]
    home: Path
    python: str

    def use_index(self, url: str, timeout_s: int = 15) -> None:
        """Write the user's own pip.conf; `user = true` in it is what many people have."""
        config = self.home / ".config" / "pip" / "pip.conf"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(_PIP.format(url=url, timeout_s=timeout_s))

    def make_venvs_quickly(self, *, after: str = "") -> None:
        """Put a Python first in PATH whose venvs are copies; `after` is a command that it runs before."""
        self._put_python(_PYTHON.format(
            wait=f"{after}; " if after else "", template=shlex.quote(str(self.home / "template")), python=self.python
        ))  # fmt: skip

    def make_venvs_in_truth(self) -> None:
        """Have the Python in PATH be the real one and nothing else."""
        self._put_python(f'#!/bin/sh\nexec {self.python} "$@"\n')

    def _put_python(self, text: str) -> None:
        path = self.home / "bin" / "python3.13"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


@contextmanager
def bare_host(folder: Path, around: Neighbourhood) -> Iterator[BareHost]:
    """Run the host for the length of a block."""
    home, python = folder / "home", str(Path(sys.base_prefix) / "bin" / "python3")
    (home / ".cache").mkdir(parents=True)
    subprocess.run([python, "-m", "venv", str(home / "template")], check=True)
    environment = {
        **around.mark,
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
        "XDG_CONFIG_DIRS": str(home / "nowhere"),
    }
    with sshd(folder / "sshd", login_shell=zsh_or_skip(), environment=environment) as host:
        target = host.target
        way = {name: getattr(target, name) for name in ("address", "port", "user", "identity_file", "known_hosts")}
        found = BareHost(way, home, python)
        found.make_venvs_quickly()
        yield found
        shutil.rmtree(home, ignore_errors=True)
