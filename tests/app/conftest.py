"""A host and a project for each test of a use case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.neighbourhood import Neighbourhood
from tests.support.studio import Studio, a_studio


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host behind asyncssh's server, on which nothing runs yet."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        yield made
