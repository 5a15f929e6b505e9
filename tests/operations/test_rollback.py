"""Going back by hand."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, NothingToRollBackTo, UsageFault
from tests.support.studio import Studio


def test_a_rollback_returns_to_the_last_good_release(host: Studio) -> None:
    """The one command that a person types at night."""
    first = host.deployed("coder").release
    second = host.deployed("coder", "fast", config="second").release
    with host.watched() as promises:
        attempt = app.rollback(host.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert (attempt.outcome, attempt.release, attempt.previous) == ("rolled-back", first, second)
    assert host.manifest(second)["state"] == "bad"
    assert host.history[-1]["verb"] == "rollback"


def test_a_rollback_needs_no_local_config(studio: Studio) -> None:
    """The laptop with the right branch is never the one at hand."""
    first = studio.deployed("coder").release
    studio.deployed("coder", "fast", config="second")
    for path in (studio.folder / "configs" / "litellm").iterdir():
        path.unlink()
    with studio.watched() as promises:
        app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_to_names_any_release(studio: Studio) -> None:
    """Two bad ones in a row: the good one is further back."""
    first = studio.deployed("coder").release
    studio.deployed("coder", "fast", config="second")
    studio.deployed("coder", "slow", config="third")
    with studio.watched() as promises:
        attempt = app.rollback(studio.project, None, to=first)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert attempt.release == first


def test_an_unknown_release_is_named_with_the_known_ones(studio: Studio) -> None:
    """A typo is answered with what could have been meant."""
    first = studio.deployed("coder").release
    with pytest.raises(UsageFault, match="no release 'yesterday'") as caught:
        app.rollback(studio.project, None, to="yesterday")
    assert str(first) in str(caught.value.hint)


def test_there_is_nothing_to_go_back_to_on_a_fresh_host(studio: Studio) -> None:
    """Exit 10, and what serves goes on."""
    first = studio.deployed("coder").release
    before = studio.checksum()
    with studio.watched() as promises, pytest.raises(NothingToRollBackTo):
        app.rollback(studio.project, None)
    promises.kept(served={"coder"}, release=first)
    assert studio.checksum() == before


def test_a_broken_current_release_is_replaced_without_a_shadow(studio: Studio) -> None:
    """While nobody is served, every second counts: a shadow would only make it longer."""
    first = studio.deployed("coder").release
    studio.deployed("coder", "fast", config="second")
    studio.kill()
    studio.events.clear()
    with studio.watched() as promises:
        attempt = app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert attempt.outcome == "rolled-back"
    assert "shadow" not in studio.steps()


def test_a_rollback_whose_shadow_fails_leaves_what_serves(studio: Studio) -> None:
    """The way back may be broken too (a model was removed): then nothing is lost."""
    studio.deployed("coder")
    second = studio.deployed("coder", "fast", config="second").release
    studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(DeployFailed):
        app.rollback(studio.project, None)
    promises.kept(served={"coder", "fast"}, release=second)
    assert studio.manifest(second)["state"] == "verified"


def test_a_rollback_can_be_rehearsed(studio: Studio) -> None:
    """It says what it would do, and does none of it."""
    first = studio.deployed("coder").release
    second = studio.deployed("coder", "fast", config="second").release
    before = studio.checksum()
    with studio.watched() as promises:
        attempt = app.rollback(studio.project, None, dry_run=True)
    promises.kept(served={"coder", "fast"}, release=second)
    assert (attempt.outcome, attempt.release) == ("rehearsed", first)
    assert studio.checksum() == before


def test_a_config_that_was_rolled_back_from_can_be_deployed_again(studio: Studio) -> None:
    """It may have been Ollama's fault, mended since."""
    studio.deployed("coder")
    studio.deployed("coder", "fast", config="second")
    app.rollback(studio.project, None)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
