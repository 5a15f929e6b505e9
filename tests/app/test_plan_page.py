"""Where the page of a plan may be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccdeploy.app import save_page
from ccdeploy.errors import Refused


def test_a_page_replaces_an_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made anew with each plan; nothing else is left beside it, and it is found where one stands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "memory.html").write_text("old")
    assert save_page("memory.html", "größer") == "memory.html"
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {"memory.html": "größer"}


def test_a_place_that_takes_no_file_is_refused(tmp_path: Path) -> None:
    """One sentence that names it; a device or a folder stays what it is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round").symlink_to("round")
    for name, says in (
        (".", "is no file"),
        ("pipe", "is no file"),
        ("gone/memory.html", "there is no folder"),
        ("round", "is a link that leads nowhere"),
        ("a" * 300, "cannot be written: File name too long"),
    ):
        with pytest.raises(Refused, match=says) as caught:
            save_page(str(tmp_path / name), "x")
        assert str(caught.value).startswith(str(tmp_path / name))
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "round"]
