"""What the log of a host's Ollama tells, read by the real script in every shell at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccdeploy.errors import CcdeployError
from ccdeploy.ollama.log.startup import last_start
from ccdeploy.remote.ollama import Found, last_start_on, server_of
from ccdeploy.settings import Ollama
from tests.remote.hosts import host_at
from tests.shell.shells import ShellTransport

GIB = 2**30
NOISE = '[GIN] 2026/08/30 - 09:14:02 | 200 |  1.298417ms |       127.0.0.1 | GET      "/api/tags"\n'


def start(total: str, port: int = 11434) -> str:
    """The lines of one start."""
    return (
        f'time=x level=INFO source=routes.go:1951 msg="server config" env="map[OLLAMA_HOST:http://127.0.0.1:{port}]"\n'
        f'time=x level=INFO source=routes.go:2008 msg="Listening on 127.0.0.1:{port} (version 0.33.0)"\n'
        f'time=x level=INFO source=types.go:32 msg="inference compute" library=Metal total="{total}" available="x"\n'
    )


def look(here: ShellTransport, home: Path, **ollama: str) -> Found | None:
    """Look at a host whose home this is; programs of ours come first on its PATH."""
    environment = {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}
    transport = ShellTransport(Path(here.shell), environment)
    return last_start_on(transport, host_at(home, ollama=Ollama(**ollama)))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the app for macOS has its log."""
    path = tmp_path / ".ollama" / "logs" / "server.log"
    path.parent.mkdir(parents=True)
    return path


def total(found: Found | None) -> int | None:
    """The memory that was found."""
    return found.start.total_bytes if found else None


def test_memory_is_read_from_the_last_start(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """Whatever was written since, and whatever an earlier start said."""
    log.write_text(start("48.0 GiB") + NOISE * 500 + start("29.8 GiB") + NOISE * 500)
    found = look(here, tmp_path)
    assert total(found) == round(29.8 * GIB)
    assert found is not None
    assert (found.place, found.start.version) == (str(log), "0.33.0")


def test_a_log_that_the_settings_name_is_the_only_one(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """Its name may hold spaces, and begin with ~/."""
    log.write_text(start("48.0 GiB"))
    (tmp_path / "my log").write_text(start("64.0 GiB", port=5))
    assert total(look(here, tmp_path, log="~/my log")) == 64 * GIB
    assert look(here, tmp_path, log="~/absent") is None


def test_the_log_of_another_ollama_is_none_of_ours(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """A second one on another port, or one on another machine, has another memory."""
    log.write_text(start("48.0 GiB"))
    assert look(here, tmp_path, url="http://127.0.0.1:11435") is None
    assert look(here, tmp_path, url="http://ollama.example.com:11434") is None
    assert total(look(here, tmp_path, url="http://localhost:11434")) == 48 * GIB


def test_systemds_journal_is_asked_where_there_is_one(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """The unit of Linux; a log in a home is older then."""
    (tmp_path / "journal").write_text(NOISE + start("79.6 GiB"))
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$*" = "-b -u ollama -o cat --no-pager" ] && cat {tmp_path}/journal\n')
    program.chmod(0o755)
    log.write_text(start("48.0 GiB"))
    found = look(here, tmp_path)
    assert (total(found), found and found.place) == (round(79.6 * GIB), "journal")


def test_a_host_without_a_log_tells_nothing(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """Unknown is no budget of zero."""
    assert look(here, tmp_path) is None
    log.write_text(NOISE)
    assert look(here, tmp_path) is None


def test_the_memory_of_the_settings_comes_before_that_of_the_log(tmp_path: Path) -> None:
    """An owner may keep some of it for other programs; what nobody says is unknown."""
    begun = last_start(start("48.0 GiB").splitlines())
    assert begun is not None
    found = Found("log", begun)
    said = [
        server_of(host_at(tmp_path, ollama=Ollama(memory_bytes=GIB)), found, "0.33.0"),
        server_of(host_at(tmp_path, ollama=Ollama()), found, "0.33.0"),
        server_of(host_at(tmp_path), None, "0.33.0"),
    ]
    assert [one.gpu_total_bytes for one in said] == [GIB, 48 * GIB, None]


def test_half_an_answer_is_refused(here: ShellTransport, tmp_path: Path, log: Path) -> None:
    """It must not look like a host without a log."""
    log.write_text(start("48.0 GiB"))
    cut = tmp_path / "bin" / "tail"
    cut.parent.mkdir()
    cut.write_text("#!/bin/sh\nkill -KILL $PPID\n")
    cut.chmod(0o755)
    with pytest.raises(CcdeployError, match=r"not whole|ended with|no exit status"):
        look(here, tmp_path)
