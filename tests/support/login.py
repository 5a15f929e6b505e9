"""Logging in to the host of a test as somebody in particular: a server, a login shell, a home, an environment."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.asyncssh_server import sandbox_server
from tests.support.neighbourhood import way_to
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost
from tests.support.studio import Studio

SERVERS = ("asyncssh", "openssh")
SHELLS = ("dash", "bash", "zsh", "fish", "busybox")


@dataclass(frozen=True)
class Login:
    """Who logs in: with which shell, what it does first (lines of sh), and what its environment holds.

    `home` is the folder that its start-up files are read from.
    """

    home: Path
    shell: str = "/bin/sh"
    first: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def program(self, path: Path) -> Path:
        """Write the login shell as a program, and return it."""
        sets = "".join(f"{name}={shlex.quote(value)}; export {name}\n" for name, value in self.environment.items())
        home = f"HOME={shlex.quote(str(self.home))}; export HOME\n"
        path.write_text(f'#!/bin/sh\n{home}{sets}{self.first}\nexec {shlex.quote(self.shell)} "$@"\n')
        path.chmod(0o755)
        return path


def shell_at(name: str, folder: Path) -> str:
    """Return the path of a shell; without it, skip, and fail where the tests run for everyone.

    busybox becomes its shell by the name `sh`.
    """
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed; .ci/run installs it")
    if name != "busybox":
        return found
    link = folder / "busybox" / "sh"
    link.parent.mkdir(parents=True)
    link.symlink_to(found)
    return str(link)


@contextmanager
def logged_in(studio: Studio, folder: Path, server: str, login: Login, more: str = "") -> Iterator[SshHost]:
    """Let the project reach the studio through a server of its own; `more` are lines of sshd_config."""
    login.home.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    marked = Login(login.home, login.shell, login.first, {**login.environment, **studio.around.mark})
    program = str(marked.program(folder / "login"))
    opened = (
        sandbox_server(folder / server, login_shell=program)
        if server == "asyncssh"
        else sshd(folder / server, login_shell=shlex.quote(program), more=more)
    )
    with opened as host:
        studio.entry["ssh"] = way_to(host)
        studio.settle()
        yield host
