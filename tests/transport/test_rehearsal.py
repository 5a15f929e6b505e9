"""A dry run asks for real and writes nothing."""

from __future__ import annotations

from pathlib import Path

from ccdeploy.events import Event, Noted
from ccdeploy.shell.command import Command
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.rehearsal import RehearsalTransport


def test_a_question_is_asked_for_real(tmp_path: Path) -> None:
    """SSHKit's dry run answers yes to everything, and so says nothing about the host."""
    (tmp_path / "file").write_text("here\n")
    transport = RehearsalTransport(LocalTransport("studio"))
    assert transport.run(Command("look", f"cat {tmp_path}/file")).text == "here\n"
    assert transport.planned == []


def test_what_writes_is_told_and_not_done(tmp_path: Path) -> None:
    """The promise of --dry-run."""
    told: list[Event] = []
    transport = RehearsalTransport(LocalTransport("studio"), told.append)
    result = transport.run(Command("stage release 7f3a", f"touch {tmp_path}/made; echo made", writes=True))
    transport.put(b"12345", f"{tmp_path}/put", 0o600)
    assert (result.status, result.stdout, list(tmp_path.iterdir())) == (0, b"", [])
    assert transport.planned == ["stage release 7f3a", f"write {tmp_path}/put (5 bytes, mode 0600)"]
    assert told == [Noted(f"studio: would {plan}") for plan in transport.planned]


def test_a_rehearsal_says_that_it_is_one() -> None:
    """A verb that polls for what it has not started must know."""
    inner = LocalTransport("studio")
    assert (RehearsalTransport(inner).rehearses, inner.rehearses) == (True, False)


def test_questions_over_http_go_through(web: int) -> None:
    """Verification of what serves now is part of a rehearsal."""
    assert RehearsalTransport(LocalTransport("studio")).http(web).get("/").text == "hello"
