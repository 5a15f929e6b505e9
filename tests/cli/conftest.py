"""A project in which both faces can be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.faces import FACES, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project with an embedded host and the tasks that ours ships."""
    return make_project(tmp_path)


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    """Return each face in turn."""
    return str(request.param)
