"""A host for each test of a verb, behind each SSH server in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.neighbourhood import SERVERS, Neighbourhood
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
