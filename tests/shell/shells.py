"""Every `/bin/sh` at hand, each under the name `sh`, and the seam through one of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccdeploy.shell.command import Command
from ccdeploy.transport.exchange import Process
from ccdeploy.transport.frame import Frame
from ccdeploy.transport.local import LocalTransport

# busybox is a third opinion; the others are what macOS, Debian and the login shells of both have.
NAMES = ("dash", "bash", "zsh", "busybox")
REQUIRED_IN_CI = frozenset({"dash", "bash", "zsh"})
FORCED = "\nis_linux() { false; }\n"


def shell_or_skip(name: str, folder: Path) -> Path:
    """Return a link named `sh` to a shell, which so becomes what its system calls /bin/sh; skip where it is not."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI") and name in REQUIRED_IN_CI:
            raise AssertionError(f"{name} is not installed, and CI is set")
        pytest.skip(f"{name} is not installed")
    link = folder / name / "sh"
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(path)
    return link


@dataclass(frozen=True)
class _FrameFor(Frame):
    shell: str = "/bin/sh"

    @property
    def argv(self) -> tuple[str, ...]:
        return (self.shell, "-s", self.token)


class ShellTransport(LocalTransport):
    """This machine as a host whose /bin/sh is the given one."""

    def __init__(self, shell: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__("here", environment)
        self.shell = str(shell)

    def start(self, framed: Frame) -> Process:
        """Start that shell."""
        return super().start(_FrameFor(framed.token, framed.stdin, self.shell))


def without_proc(command: Command) -> Command:
    """Return the command as a host without /proc runs it: macOS asks lsof who listens."""
    head = "is_linux() { [ -r /proc/net/tcp ]; }"
    assert command.script.count(head) == 1, "the prelude no longer says so how it knows Linux"
    fields = {**command.__dict__, "script": command.script.replace(head, FORCED)}
    return Command(**fields)
