"""The hosts of tests as fixtures, for the `conftest.py` of each room that needs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cable import Cable, cabled
from tests.support.neighbourhood import SERVERS, Neighbourhood
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
