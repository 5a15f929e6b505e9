"""A host for each test of a verb, behind each SSH server in turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bare_host import BareHost, bare_host
from tests.support.cable import Cable, cabled
from tests.support.neighbourhood import SERVERS, Neighbourhood
from tests.support.package_index import PackageIndex, package_index
from tests.support.slots import switched_by_traefik
from tests.support.studio import Studio, a_studio


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host behind asyncssh's server and a POSIX shell, on which nothing runs yet."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        yield made


@pytest.fixture(params=SERVERS)
def host(request: pytest.FixtureRequest, tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """The same, and once more behind OpenSSH's sshd with zsh as the login shell."""
    with a_studio(tmp_path, around, request.param) as made:
        yield made


@pytest.fixture
def green(studio: Studio) -> Iterator[Studio]:
    """A host whose strategy is blue-green: Traefik goes by a file of ccdeploy's, and leads to the first port."""
    with switched_by_traefik(studio):
        yield studio


@pytest.fixture
def line(studio: Studio, tmp_path: Path) -> Iterator[Cable]:
    """A cable between the project and the host."""
    with cabled(studio.entry["ssh"], tmp_path) as made:
        studio.settle()
        yield made


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
