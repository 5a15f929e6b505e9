"""A dry run asks everything for real and writes nothing."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.events import StepStarted
from tests.support.studio import Studio


@pytest.mark.parametrize("was_deployed_to", [False, True], ids=["hand-made", "deployed"])
def test_a_dry_run_changes_nothing_on_the_host(studio: Studio, was_deployed_to: bool) -> None:
    """Whoever is not sure wants to know beforehand, at no risk."""
    if was_deployed_to:
        studio.deployed("coder")
    else:
        studio.by_hand("coder")
    before = studio.checksum()
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"), dry_run=True)
    promises.kept(served={"coder"})
    assert studio.checksum() == before
    assert (attempt.outcome, attempt.exit_code) == ("rehearsed", 0)
    assert attempt.expected_gap
    assert any("adopt" in step for step in attempt.planned) is not was_deployed_to


def test_a_dry_run_refuses_what_a_deploy_would_refuse(studio: Studio) -> None:
    """Else it would say yes to everything."""
    studio.deployed("coder")
    before = studio.checksum()
    with studio.stranger_on(studio.spare), pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder", "fast"), dry_run=True)
    assert "port-taken" in str(caught.value.findings)
    assert studio.checksum() == before


def test_a_dry_run_finds_that_there_is_nothing_to_do(studio: Studio) -> None:
    """A pipeline asks whether a deploy is needed at all."""
    studio.deployed("coder")
    assert studio.deploy("first", dry_run=True).outcome == "nothing-to-do"


def test_a_dry_run_takes_no_lock(studio: Studio) -> None:
    """It may be asked while somebody else deploys."""
    studio.deployed("coder")
    (studio.root / "lock").mkdir()
    assert studio.deploy(studio.config("second", "coder", "fast"), dry_run=True).outcome == "rehearsed"
    assert "stage" not in [event.step for event in studio.events[-4:] if isinstance(event, StepStarted)]


@pytest.mark.parametrize("verb", ["deploy", "rollback", "restart", "stop"])
def test_a_dry_run_says_that_the_host_is_locked(studio: Studio, verb: str) -> None:
    """What it plans would not come to pass: whoever goes on from there would meet the lock first."""
    studio.deployed("coder")
    studio.deployed("coder", "fast", config="second")
    app.lock_acquire(studio.project, None, "changing the disk")
    wanted = (studio.config("third", "coder", "fast", "slow"),) if verb == "deploy" else ()
    attempt = getattr(app, verb)(studio.project, None, *wanted, dry_run=True)
    assert attempt.outcome == "rehearsed"
    assert len(attempt.notes) == 1
    assert "it would end with 5" in attempt.notes[0]
    assert "changing the disk" in attempt.notes[0]
    app.lock_release(studio.project, None)
    assert getattr(app, verb)(studio.project, None, *wanted, dry_run=True).notes == ()
