"""A host and a project for both faces, each run as a subprocess."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.faces import FACES
from tests.support.neighbourhood import Neighbourhood
from tests.support.studio import Studio, a_studio


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host behind asyncssh's server, on which nothing runs yet."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        yield made


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    """Return each face in turn."""
    return str(request.param)
