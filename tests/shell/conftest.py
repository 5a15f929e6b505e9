"""A root on this machine, and the shells that scripts run under."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ccdeploy.shell.lock import Hold
from tests.shell.shells import NAMES, ShellTransport, shell_or_skip


@pytest.fixture(scope="session")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shells stand under the name `sh`."""
    return tmp_path_factory.mktemp("shells")


@pytest.fixture(params=NAMES)
def here(request: pytest.FixtureRequest, shells: Path) -> ShellTransport:
    """This machine as a host, once with each shell."""
    return ShellTransport(shell_or_skip(request.param, shells))


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A root that has everything a quoting fault trips over in its name; its proxies are ended."""
    root = tmp_path / "a 'root' $HOME `x` \"*\""
    for name in ("releases", "run", "logs", "lock"):
        (root / name).mkdir(parents=True)
    (root / "lock" / "owner.json").write_text('{"id": "me", "manual": false, "heartbeat": 1}\n')
    yield root
    _end_all(tmp_path)


@pytest.fixture
def hold(root: Path) -> Hold:
    """The lock of `root`, held."""
    return Hold(str(root), "me")


def _end_all(folder: Path) -> None:
    """End what a test started: a process whose command line names its folder."""
    command = ["ps", "-A", "-ww", "-o", "pid=,args="]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        pid, _, words = line.strip().partition(" ")
        if str(folder) in words:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(int(pid), signal.SIGKILL)
