"""A switch that fails for Traefik's file, not taken, not written, or another hand's: the old proxy serves on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed
from ccdeploy.events import Event, Warned
from ccdeploy.operations import point
from ccdeploy.traefik.dynamic import read
from tests.operations.at_command import at_command
from tests.support.gateway import ask
from tests.support.slots import edit, new_slot, runs, unwatched
from tests.support.studio import KEY, Studio

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic

WRITE = "write Traefik's dynamic file"


def fails(studio: Studio, first: str | None) -> DeployFailed:
    """Deploy by the way of the users: exit 6, the old release serves, and nobody noticed; return the error."""
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert caught.value.exit_code == 6
    assert (caught.value.result or {})["downtime_ms"] == 0
    return caught.value


def test_a_traefik_that_stopped_watching_keeps_the_old_one(green: Studio, tmp_path: Path) -> None:
    """It showed what the file said, and takes nothing new: the file is led back, else a restart of it would switch."""
    first = green.deployed("coder").release
    green.entry["traefik"]["switch_timeout"] = "300ms"
    copy = unwatched(green, tmp_path / "elsewhere")
    before = read(copy.read_text())
    error = fails(green, first)
    assert f"Traefik does not show within 300 ms that it leads to port {green.spare}" in error.message
    assert f"whether its file provider watches the folder of {copy}" in str(error.hint)
    after = read(copy.read_text())
    assert before is not None
    assert after == replace(before, number=before.number + 2)


def test_a_switch_that_is_shown_too_late_is_led_back(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traefik may take the file in the very moment in which it is given up: the way back is waited for too."""
    first = green.deployed("coder").release
    genuine = point.is_shown

    def is_shown(work: Work, file: Dynamic) -> bool:
        is_forward = file.written is not None and file.written.fallback is not None
        return genuine(work, file) and not is_forward

    monkeypatch.setattr(point, "is_shown", is_shown)
    green.entry["traefik"]["switch_timeout"] = "1ms"
    green.settle()
    assert "does not show within" in fails(green, first).message


def test_a_folder_that_vanishes_before_the_write_costs_nothing(
    green: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traefik goes on as it was told last; there is nothing to lead back."""
    first = green.deployed("coder").release
    folder = unwatched(green, tmp_path / "elsewhere").parent
    away = folder.with_name("away")
    at_command(monkeypatch, WRITE, lambda: folder.rename(away))

    def come_back(event: Event) -> None:
        if isinstance(event, Warned) and "could not be written" in event.text:
            away.rename(folder)

    green.at = come_back
    error = fails(green, first)
    assert "was changed or removed by another hand just now" in error.message
    assert folder.is_dir()


def test_a_folder_that_becomes_read_only_before_the_write_costs_nothing(
    green: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends in the same way: the file is as it was, and so is Traefik."""
    first = green.deployed("coder").release
    copy = unwatched(green, tmp_path / "elsewhere")
    before = copy.read_bytes()
    with read_only(copy.parent) as close:
        at_command(monkeypatch, WRITE, close)
        error = fails(green, first)
    assert "write Traefik's dynamic file" in error.message
    assert copy.read_bytes() == before


@contextmanager
def read_only(folder: Path) -> Iterator[Callable[[], object]]:
    """Yield what makes a folder read-only, for root too; it is writable again in the end."""
    shut, opened = (["chattr", "+i"], ["chattr", "-i"]) if os.getuid() == 0 else (["chmod", "a-w"], ["chmod", "u+w"])
    if subprocess.run([*shut, str(folder)], check=False).returncode:
        pytest.skip("root writes everywhere here")
    subprocess.run([*opened, str(folder)], check=True)
    try:
        yield lambda: subprocess.run([*shut, str(folder)], check=True)
    finally:
        subprocess.run([*opened, str(folder)], check=True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_another_hand_edits_is_left_and_so_are_both(
    green: Studio, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Nobody but its author knows where it leads: neither proxy may end, and nothing is recorded."""
    first, old = green.deployed("coder").release, green.pid()
    file = Path(green.entry["traefik"]["dynamic_file"])
    at_command(monkeypatch, WRITE, lambda: edit(file), when)
    with (
        green.watched() as promises,
        pytest.raises(DeployFailed, match="was changed or removed by another hand just now") as caught,
    ):
        green.deploy(green.config("second", "coder", "fast"))
    assert not promises.probe.outages
    assert caught.value.exit_code == 6
    assert f"release {first} serves on port {green.port}" in caught.value.message
    assert any(f"left running on port {green.spare} too" in note for note in (caught.value.result or {})["notes"])
    assert file.read_text().endswith("# a line of another hand\n")
    assert (green.pid(), green.current) == (old, first)
    assert runs(green, old)
    assert runs(green, new_slot(green))
    assert green.manifest(green.history[-1]["release"])["state"] == "bad"
    assert not (green.root / "lock").exists()
    assert ask(green.port, "/v1/models", KEY).status == 200


def test_once_the_file_is_ours_again_the_next_deploy_ends_what_was_left(
    green: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remedy that was told: the file goes aside, setup writes it anew, and a deploy puts the rest right."""
    green.deployed("coder")
    file = Path(green.entry["traefik"]["dynamic_file"])
    at_command(monkeypatch, WRITE, lambda: edit(file), "after")
    with pytest.raises(DeployFailed):
        green.deploy(green.config("second", "coder", "fast"))
    file.unlink()
    app.setup(green.project, None, traefik=True)
    written = read(file.read_text())
    assert written is not None
    assert (written.to, written.fallback) == (green.port, None)
    with green.watched() as promises:
        attempt = green.deploy("second")
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert "leftovers" in green.steps()


def test_a_file_that_is_removed_meanwhile_is_written_anew(green: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it Traefik knows no way to the proxy at all; nothing of another hand's is lost."""
    first = green.deployed("coder").release
    green.entry["traefik"]["switch_timeout"] = "2s"
    green.settle()
    file = Path(green.entry["traefik"]["dynamic_file"])
    at_command(monkeypatch, WRITE, file.unlink, "after")
    with green.watched() as promises, pytest.raises(DeployFailed, match=f"release {first} serves") as caught:
        green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert caught.value.exit_code == 6
