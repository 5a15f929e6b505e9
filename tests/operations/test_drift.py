"""People edit on the host what a tool put there: it is kept, told, and harms no release."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.events import Warned
from tests.support.studio import Studio, config_text


def _edited_through_the_link(studio: Studio) -> bytes:
    path = studio.root / "releases" / studio.current / "config.yaml"
    path.chmod(0o644)
    edited = config_text("coder", "edited").encode()
    (studio.root / "config.yaml").write_bytes(edited)
    return edited


def _link_replaced_by_a_file(studio: Studio) -> bytes:
    edited = config_text("coder", "replaced").encode()
    (studio.root / "config.yaml").unlink()
    (studio.root / "config.yaml").write_bytes(edited)
    return edited


def _link_led_elsewhere(studio: Studio) -> bytes:
    edited = config_text("coder", "elsewhere").encode()
    (studio.folder / "mine.yaml").write_bytes(edited)
    (studio.root / "config.yaml").unlink()
    (studio.root / "config.yaml").symlink_to(studio.folder / "mine.yaml")
    return edited


def _drifted(studio: Studio) -> list[bytes]:
    """Return config.yaml of each release that never served and was kept all the same."""
    folders = [f for f in (studio.root / "releases").iterdir() if studio.manifest(f.name)["state"] == "drifted"]
    return [(folder / "config.yaml").read_bytes() for folder in folders]


WAYS = [_edited_through_the_link, _link_replaced_by_a_file, _link_led_elsewhere]


@pytest.mark.parametrize("edit", WAYS)
def test_an_edit_on_the_host_is_drift_in_status(studio: Studio, edit: object) -> None:
    """The proxy does not serve what its file says: whoever reads the file is misled."""
    studio.deployed("coder")
    assert app.status(studio.project, None).drift == ()
    edit(studio)  # type: ignore[operator]
    seen = app.status(studio.project, None)
    assert seen.drift
    assert seen.exit_code == 8


@pytest.mark.parametrize("edit", WAYS)
def test_an_edit_on_the_host_becomes_a_release_that_never_served(studio: Studio, edit: object) -> None:
    """An hour of somebody's work is not overwritten, and is not mistaken for what was verified."""
    first = studio.deployed("coder").release
    edited = edit(studio)  # type: ignore[operator]
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert _drifted(studio) == [edited]
    with studio.watched() as promises:
        back = app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert back.release == first


def test_a_damaged_release_is_mended_before_a_rollback_to_it(studio: Studio) -> None:
    """The way back must hold the bytes that were verified, whatever happened to them since."""
    first = studio.deployed("coder").release
    assert first
    studio.deployed("coder", "fast", config="second")
    damaged = studio.root / "releases" / first / "config.yaml"
    damaged.chmod(0o644)
    damaged.write_text("nothing of use\n")
    with studio.watched() as promises:
        app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_a_release_damaged_beyond_mending_is_not_started(studio: Studio) -> None:
    """What is not what was verified does not serve; what serves goes on."""
    first = studio.deployed("coder").release
    assert first
    second = studio.deployed("coder", "fast", config="second").release
    for path in (studio.root / "releases" / first).rglob("config.yaml"):
        path.chmod(0o644)
        path.write_text("nothing of use\n")
    pid = studio.pid()
    with pytest.raises(Refused):
        app.rollback(studio.project, None)
    assert studio.pid() == pid
    assert studio.current == second
    assert not (studio.root / "lock").exists()


def test_drift_is_mended_by_a_deploy_of_the_same_config(studio: Studio) -> None:
    """Nothing to do would leave the edited file where the next person reads it."""
    studio.deployed("coder")
    _edited_through_the_link(studio)
    with studio.watched() as promises:
        attempt = studio.deploy("first")
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert app.status(studio.project, None).drift == ()


def test_a_link_that_was_removed_is_put_back_and_nothing_is_kept(studio: Studio) -> None:
    """Nobody has edited anything: a drifted release would make people look for an edit that is not there."""
    studio.deployed("coder")
    (studio.root / "config.yaml").unlink()
    assert app.status(studio.project, None).exit_code == 8
    with studio.watched() as promises:
        attempt = studio.deploy("first")
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert _drifted(studio) == []
    assert not any(isinstance(event, Warned) for event in studio.events)
    assert app.status(studio.project, None).drift == ()


def test_the_file_that_a_link_led_to_is_left_where_it_was(studio: Studio) -> None:
    """It is somebody else's: only the link was ours."""
    studio.deployed("coder")
    theirs = _link_led_elsewhere(studio)
    studio.deploy(studio.config("second", "coder", "fast"))
    assert (studio.folder / "mine.yaml").read_bytes() == theirs
