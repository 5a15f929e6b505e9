"""Logs on this machine: large, packed, or none at all."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.project import lines_of


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_packed_log_is_read_like_any(pack: type, tmp_path: Path) -> None:
    """Yesterday's was rotated, and packed."""
    log = tmp_path / "a.log"
    log.write_bytes(pack(b"one\r\ntwo \xff\nlast"))
    assert list(lines_of(log)) == ["one", "two \ufffd", "last"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\0\0", "is no text"),
        (gzip.compress(b"one\n" * 1000)[:30], "ends early or is damaged"),
        (gzip.compress(b"one\n")[:12] + b"\xff" * 9, "ends early or is damaged"),
        (None, "cannot be read"),
    ],
    ids=["a program", "cut short", "damaged", "missing"],  # what is packed has its time in it
)
def test_what_is_no_log_is_refused(data: bytes | None, said: str, tmp_path: Path) -> None:
    """One sentence, where a traceback would name our code."""
    log = tmp_path / "a.log"
    if data is not None:
        log.write_bytes(data)
    with pytest.raises(Refused, match=said):
        list(lines_of(log))


def test_an_empty_log_has_no_line(tmp_path: Path) -> None:
    """The one after a rotation is empty."""
    (tmp_path / "a.log").touch()
    assert list(lines_of(tmp_path / "a.log")) == []
