"""Following Ollama's log on a host: each whole line once, from now on, over a log that is turned over or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.remote.ollama_log import OllamaLog
from ccdeploy.shell import ollama
from tests.shell.shells import ShellTransport


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with a space in its name, in which something stands already."""
    path = tmp_path / "server log"
    path.write_text("before\n")
    return path


def test_each_whole_line_comes_once(here: ShellTransport, log: Path) -> None:
    """Half a line is no line yet, and what stood there before the watch is not of it."""
    followed = OllamaLog(here, str(log))
    assert followed.lines() == []
    with log.open("a") as file:
        file.write("one\ntw")
    assert followed.lines() == ["one"]
    with log.open("a") as file:
        file.write("o\n")
    assert followed.lines() == ["two"]
    assert followed.lines() == []


def test_a_new_file_is_read_from_its_beginning(here: ShellTransport, log: Path) -> None:
    """The app gives the old one another name when it starts."""
    followed = OllamaLog(here, str(log))
    followed.lines()
    log.rename(log.with_name("server-1 log"))
    assert followed.lines() == []
    log.write_text("a start\n")
    assert followed.lines() == ["a start"]


def test_a_truncated_file_is_read_from_its_beginning(here: ShellTransport, log: Path) -> None:
    """Somebody made room on the disk."""
    followed = OllamaLog(here, str(log))
    followed.lines()
    log.write_text("new\n")
    assert followed.lines() == ["new"]


def test_of_a_great_deal_only_the_end_is_taken(
    here: ShellTransport, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """llama-server writes pages while it loads; a laptop that slept an hour shall not fetch them all."""
    monkeypatch.setattr(ollama, "AT_ONCE_BYTES", 10)
    followed = OllamaLog(here, str(log))
    followed.lines()
    with log.open("a") as file:
        file.write("much too long a line\nlast one\n")
    assert followed.lines()[-1] == "last one"
