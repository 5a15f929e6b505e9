"""The root and the shells of tests/shell, for the nouns that are told with their scripts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remote.hosts import give_away, shell_of_a_plain_user
from tests.shell.conftest import here, hold, root, shells
from tests.shell.shells import ShellTransport

__all__ = ["here", "hold", "root", "shells"]


@pytest.fixture
def plain() -> Iterator[ShellTransport]:
    """This machine as a host for a user who may not read everything."""
    folder = Path(tempfile.mkdtemp(prefix="ccdeploy-"))
    folder.chmod(0o755)
    yield ShellTransport(shell_of_a_plain_user(folder))
    shutil.rmtree(folder)


@pytest.fixture
def open_root(plain: ShellTransport) -> Path:
    """A root that the plain user owns."""
    root = Path(plain.shell).parent / "root"
    root.mkdir()
    give_away(root)
    return root
