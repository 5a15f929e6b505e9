"""One sandbox for the tests of a file, with a LiteLLM that boots in a tenth of a second."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.options import SandboxOptions

STANDIN = Path(__file__).parents[1] / "support" / "standin_litellm.py"
QUICK = SandboxOptions(litellm=(sys.executable, "-S", str(STANDIN)), load_s=0.01, tokens_per_s=1000.0)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project's folder; whatever a test starts in it ends with the test."""
    yield tmp_path
    down(tmp_path)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A sandbox that is up, shared by the tests of a file that leave it as it was."""
    folder = tmp_path_factory.mktemp("project")
    yield up(folder, options=QUICK)
    down(folder)
