"""Folders and files that cannot be written, by root neither: refused before anything is touched, or gone back from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy import app
from tests.faults.course import deploy_over, go_back, refused
from tests.support.small_disk import read_only
from tests.support.studio import Studio

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("place", ["", "releases", "run", "logs"])
def test_a_place_that_cannot_be_written_costs_nothing(studio: Studio, place: str) -> None:
    """A file system that went read-only after an error of its disk, or a mount over one folder."""
    studio.deployed("coder")
    with read_only(studio.root / place):
        refused(studio, {"coder"}, exit_codes=(3, 6))
        assert app.status(studio.project, None).state == "serving"
    deploy_over(studio, {"coder"})
    go_back(studio, {"coder"})


def test_files_that_are_read_only_are_no_hindrance(studio: Studio) -> None:
    """Who took the write permission from everything of ours meant well; each is replaced, and none written into."""
    studio.deployed("coder")
    files = [path for path in studio.root.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in files:
        path.chmod(path.stat().st_mode & ~0o222)
    deploy_over(studio, {"coder"})
    go_back(studio, {"coder"})


def test_a_mount_that_is_read_only_stops_root_too(tmp_path: Path) -> None:
    """Or the tests above would see nothing."""
    with read_only(tmp_path), pytest.raises(OSError, match="Read-only"):
        (tmp_path / "file").touch()
