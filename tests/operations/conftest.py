"""A host for each test of a verb, behind each SSH server in turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bare_host import BareHost, bare_host
from tests.support.hosts import green, host, line, studio
from tests.support.neighbourhood import Neighbourhood
from tests.support.package_index import PackageIndex, package_index
from tests.support.studio import Studio, a_studio

__all__ = ["green", "host", "line", "studio"]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """A package index with several versions of LiteLLM."""
    with package_index(tmp_path_factory.mktemp("index")) as found:
        yield found


@pytest.fixture(scope="session")
def pip_host(tmp_path_factory: pytest.TempPathFactory, around: Neighbourhood) -> Iterator[BareHost]:
    """A home with a Python and a pip of its own, behind a real sshd."""
    with bare_host(tmp_path_factory.mktemp("bare"), around) as found:
        yield found


@pytest.fixture
def bare(
    tmp_path: Path, around: Neighbourhood, pip_host: BareHost, index: PackageIndex
) -> Iterator[tuple[Studio, BareHost]]:
    """A studio in an empty home: no root, no venv, and a pip whose index answers."""
    pip_host.use_index(index.url)
    pip_host.make_venvs_quickly()
    with a_studio(tmp_path, around, "asyncssh") as made:
        shutil.rmtree(made.root)
        made.entry["ssh"] = pip_host.way
        made.settle()
        yield made, pip_host
