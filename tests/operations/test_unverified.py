"""A release that runs and was never verified: its client is gone, and what was to go back from it died too."""

from __future__ import annotations

import os
import signal

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, LockLost
from tests.support.studio import Studio
from tests.support.watcher import pid_of_watcher


@pytest.fixture
def verified(studio: Studio) -> str:
    """The id of a verified release; beside it runs one whose deploy was cut off before it was recorded."""
    first = studio.deployed("coder").release
    other = Studio(studio.folder, studio.around, studio.entry)

    def cut_off() -> None:
        os.kill(pid_of_watcher(studio), signal.SIGKILL)
        app.lock_release(other.project, None, force=True)

    studio.when("record", cut_off)
    with pytest.raises(LockLost):
        studio.deploy(studio.config("second", "coder", "fast"))
    studio.at = lambda event: None
    assert studio.manifest()["state"] == "staged"
    assert studio.site.serving()["release"] == studio.current
    return str(first)


def test_a_release_that_runs_unverified_is_drift(studio: Studio, verified: str) -> None:
    """It answers, and nobody knows whether as it should: status must not call that well."""
    seen = app.status(studio.project, None)
    assert (seen.state, seen.exit_code) == ("serving", 8)
    assert any(f"release {studio.current} runs and was never verified" in line for line in seen.drift)
    assert verified != studio.current


def test_a_failed_deploy_puts_the_verified_release_in_its_place(studio: Studio, verified: str) -> None:
    """The host ends up serving what was verified; to leave the other would be to trust what nobody looked at."""
    studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(DeployFailed, match=f"release {verified} serves") as caught:
        studio.deploy(studio.config("third", "coder", "slow"), allow=("removal",))  # what serves has fast
    promises.kept(served={"coder"}, gap_allowed=True, release=verified)
    assert caught.value.exit_code == 6
    assert app.status(studio.project, None).exit_code == 0


def test_a_deploy_of_the_same_config_verifies_it_after_all(studio: Studio, verified: str) -> None:
    """Nothing to do would leave it unverified for ever."""
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.previous) == ("deployed", verified)
    assert app.status(studio.project, None).exit_code == 0
