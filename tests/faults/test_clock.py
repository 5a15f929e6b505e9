"""A host's clock that is ten minutes off, or put right meanwhile: ages go by that clock alone, identities by `ps`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import Locked
from tests.faults.course import deploy_over, done_or_not, go_back, go_on_and_back
from tests.support.host_clock import HostClock, host_clock
from tests.support.login import Login, logged_in
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

OFF_S = 600
BOTH = pytest.mark.parametrize("off_s", [OFF_S, -OFF_S], ids=["ahead", "behind"])


@pytest.fixture
def clock(studio: Studio, tmp_path: Path) -> Iterator[HostClock]:
    """The clock of the studio."""
    made = host_clock(tmp_path / "clock")
    login = Login(tmp_path / "home", environment={"PATH": made.path})
    with logged_in(studio, tmp_path / "login", "asyncssh", login):
        yield made


def a_lock(studio: Studio, heartbeat: int) -> None:
    """Leave the lock of a client that is gone."""
    (studio.root / "lock").mkdir()
    owner = {"id": "0" * 32, "who": "ada", "from_where": "laptop", "since": "then", "doing": "deploy", "manual": False}
    (studio.root / "lock" / "owner.json").write_text(json.dumps(owner | {"heartbeat": heartbeat}) + "\n")


@BOTH
def test_a_clock_that_is_off_changes_nothing_for_a_deploy(studio: Studio, clock: HostClock, off_s: int) -> None:
    """It is off alike for all that is compared: locks, ids of releases, start times."""
    clock.set(off_s)
    studio.by_hand("coder")
    deploy_over(studio, {"coder"})
    assert studio.deploy("second").outcome == "nothing-to-do"
    go_back(studio, {"coder"})


@BOTH
def test_a_lock_is_stale_by_the_clock_of_the_host_alone(studio: Studio, clock: HostClock, off_s: int) -> None:
    """By ours, each lock of a host that is behind would be stale, and none of one that is ahead."""
    studio.deployed("coder")
    clock.set(off_s)
    a_lock(studio, clock.now - 20)
    with pytest.raises(Locked, match="ada"):
        studio.deploy(studio.config("second", "coder", "more"))
    (studio.root / "lock" / "owner.json").unlink()
    (studio.root / "lock").rmdir()
    a_lock(studio, clock.now - 90)
    deploy_over(studio, {"coder"})


def test_a_heartbeat_from_the_future_holds_nobody_up(studio: Studio, clock: HostClock) -> None:
    """The clock was ahead when its client died, and was put right: by its age, that lock would hold for ten minutes."""
    studio.deployed("coder")
    a_lock(studio, clock.now + OFF_S)
    status = app.status(studio.project, None)
    assert status.lock is not None
    deploy_over(studio, {"coder"})


def test_a_release_sorts_after_those_of_a_clock_that_was_ahead(studio: Studio, clock: HostClock) -> None:
    """Or a rollback would go to the wrong one."""
    clock.set(OFF_S)
    first = studio.deployed("coder").release
    clock.set(0)
    attempt = deploy_over(studio, {"coder"})
    assert first is not None
    assert attempt.release is not None
    assert attempt.release > first
    go_back(studio, {"coder"})
    assert studio.current == first


@BOTH
def test_a_clock_that_is_put_right_keeps_nobody_from_deploying(studio: Studio, clock: HostClock, off_s: int) -> None:
    """On Linux the start time of every process moves with it: `status` says that what serves is not what is recorded.

    It is known by its port and its release all the same: it is stopped, replaced and gone back to like any other.
    """
    clock.set(off_s)
    studio.deployed("coder")
    clock.set(0)
    assert app.status(studio.project, None).release == studio.current
    go_on_and_back(studio, {"coder"})


@pytest.mark.parametrize(
    ("at", "off_s"), [("shadow", OFF_S), ("verify-shadow", -OFF_S), ("switch", OFF_S), ("verify", -OFF_S)]
)
def test_a_clock_that_jumps_in_the_middle_is_put_right_by_the_next_deploy(
    studio: Studio, clock: HostClock, at: str, off_s: int
) -> None:
    """A time server is reached just then. On Linux what was started before is no longer known by its start time.

    So a shadow may be left running, beside what served and goes on: the next deploy knows it by its port and its
    release, and ends it.
    """
    studio.deployed("coder")
    studio.when(at, lambda: clock.set(off_s))
    with studio.watched() as promises:
        _, failed = done_or_not(lambda: studio.deploy(studio.config("first", "coder", "once")))
    assert failed is None or failed.exit_code == 6
    assert len(promises.probe.outages) <= (2 if failed else 1)  # there, and back again
    assert promises.probe.samples[-1].fault is None
    studio.when("none", lambda: None)
    deploy_over(studio, {"coder"} if failed else {"coder", "once"})
