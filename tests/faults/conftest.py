"""A host for each test of a fault, on which nothing runs yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.neighbourhood import Neighbourhood
from tests.support.studio import Studio, a_studio


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host behind asyncssh's server and a POSIX shell."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        yield made
