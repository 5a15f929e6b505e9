"""One at a time: the lock of a host, as verbs use it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Locked, LockLost
from ccdeploy.events import Noted
from ccdeploy.results import Attempt
from tests.support.gateway import ask
from tests.support.studio import Studio
from tests.support.waiting import until


def lock_of(studio: Studio, *, heartbeat_ago_s: int = 0, manual: bool = False, owner: bool = True) -> None:
    """Leave a lock on the host as someone else's deploy would."""
    now = _now()
    folder = studio.root / "lock"
    folder.mkdir()
    told: dict[str, Any] = {
        "id": "0" * 32,
        "who": "ada",
        "from_where": "desk",
        "since": "2026-01-01T00:00:00Z",
        "doing": "deploy other",
        "manual": manual,
        "heartbeat": now - heartbeat_ago_s,
    }
    if owner:
        (folder / "owner.json").write_text(json.dumps(told) + "\n")


def refused_of(studio: Studio) -> dict[str, Any]:
    """Take the last line out of the history: that of an attempt that did not get the lock; return it."""
    path = studio.root / "history.jsonl"
    *before, last = path.read_text().splitlines(keepends=True)
    path.write_text("".join(before))
    found = dict(json.loads(last))
    assert (found["outcome"], found["release"]) == ("locked", None)
    return found


def _now() -> int:
    return int(time.time())


def test_a_locked_host_is_left_alone_and_its_owner_is_named(host: Studio) -> None:
    """Two deploys at once would each stop what the other started."""
    host.deployed("coder")
    lock_of(host)
    before = host.checksum()
    with host.watched() as promises, pytest.raises(Locked, match="by ada from desk") as caught:
        host.deploy(host.config("second", "coder", "fast"))
    assert refused_of(host)["detail"] == caught.value.message
    assert host.checksum() == before
    assert "--wait" in str(caught.value.hint)
    (host.root / "lock" / "owner.json").unlink()
    (host.root / "lock").rmdir()
    promises.kept(served={"coder"})


def test_wait_gets_the_lock_once_it_is_free(studio: Studio) -> None:
    """A pipeline that comes second waits its turn instead of failing."""
    studio.deployed("coder")
    app.lock_acquire(studio.project, None, "looking")

    def release_when_waiting() -> None:
        told = any(isinstance(event, Noted) and "waiting for the lock" in event.text for event in studio.events)
        if told and not released:
            released.append(app.lock_release(other.project, None))

    released: list[Any] = []
    other = Studio(studio.folder, studio.around, studio.entry)
    studio.at = lambda event: release_when_waiting()
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"), wait_s=20)
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert released


def test_two_deploys_at_once_end_as_one_and_a_refusal(studio: Studio) -> None:
    """Whoever comes second is told, and both configs cannot be mixed up."""
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    outcomes: list[Attempt | Locked] = []

    def deploy(config: str) -> None:
        mine = Studio(studio.folder, studio.around, studio.entry)
        try:
            outcomes.append(mine.deploy(config, allow=("removal",)))
        except Locked as exc:
            outcomes.append(exc)

    studio.config("third", "coder", "slow")
    with studio.watched() as promises:
        threads = [threading.Thread(target=deploy, args=(name,)) for name in ("second", "third")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    done = [outcome for outcome in outcomes if isinstance(outcome, Attempt)]
    # On a slow machine the second may come when the first is through; then both are done, one after the other.
    assert len(outcomes) == 2
    assert done
    promises.kept(served=_names(studio), gap_allowed=True, most_gaps=len(done), release=done[-1].release)


def test_a_lock_by_hand_holds_until_it_is_given_back(studio: Studio) -> None:
    """A person who repairs the host by hand is not disturbed, however long it takes."""
    studio.deployed("coder")
    state = app.lock_acquire(studio.project, None, "changing the disk")
    assert state.is_held
    assert app.lock_status(studio.project, None).owner == state.owner
    with pytest.raises(Locked, match="changing the disk") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "lock release" in str(caught.value.hint)
    with pytest.raises(Locked):
        app.lock_acquire(studio.project, None, "me too")
    assert not app.lock_release(studio.project, None).is_held
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("old", [{"heartbeat_ago_s": 120}, {"owner": False}], ids=["silent", "nameless"])
def test_a_lock_whose_owner_fell_silent_is_taken_over_and_that_is_told(studio: Studio, old: dict[str, Any]) -> None:
    """A laptop that was closed in the middle must not block a host for ever."""
    studio.deployed("coder")
    lock_of(studio, **old)
    os.utime(studio.root / "lock", (_now() - 120, _now() - 120))
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert any(isinstance(event, Noted) and "took over a lock" in event.text for event in studio.events)


def test_an_old_lock_by_hand_is_never_taken_over(studio: Studio) -> None:
    """Its owner may sleep."""
    studio.deployed("coder")
    lock_of(studio, heartbeat_ago_s=100_000, manual=True)
    with pytest.raises(Locked):
        studio.deploy(studio.config("second", "coder", "fast"))
    assert app.lock_status(studio.project, None).is_held


def test_the_lock_of_a_deploy_at_work_is_given_back_only_by_force(studio: Studio) -> None:
    """`lock release` is for what a person holds; a running deploy would be cut in two."""
    studio.deployed("coder")
    lock_of(studio)
    with pytest.raises(Locked, match="at work"):
        app.lock_release(studio.project, None)
    assert not app.lock_release(studio.project, None, force=True).is_held


def test_a_deploy_whose_lock_was_taken_away_writes_nothing_more(studio: Studio) -> None:
    """Whoever took it over goes on from there; two hands on one host would undo each other."""
    studio.deployed("coder")

    def take_away() -> None:
        app.lock_release(Studio(studio.folder, studio.around, studio.entry).project, None, force=True)

    studio.when("switch", take_away)
    with studio.watched() as promises, pytest.raises(LockLost):
        studio.deploy(studio.config("second", "coder", "fast"))
    studio.at = lambda event: None
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    until(lambda: not (studio.root / "lock").exists(), "the lock is free")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def _names(studio: Studio) -> set[str]:
    return {entry["id"] for entry in ask(studio.port, "/v1/models", studio.site.key).json["data"]}


@pytest.mark.parametrize("verb", [app.deploy, app.rollback, app.restart, app.stop])
def test_history_has_the_attempt_that_did_not_get_the_lock(studio: Studio, verb: Callable[..., Attempt]) -> None:
    """Whoever waits for their release wants to know what became of the pipeline that was to bring it."""
    studio.deployed("coder")
    studio.deployed("coder", "fast", config="second")
    lock_of(studio)
    with pytest.raises(Locked):
        verb(studio.project, None, **({"config": "first", "allow": ("removal",)} if verb is app.deploy else {}))
    refused = refused_of(studio)
    config = {app.deploy: "first", app.rollback: "first", app.restart: "second"}.get(verb)
    assert (refused["verb"], refused["config"]) == (verb.__name__, config)
    assert "by ada from desk" in refused["detail"]
    assert refused["who"]


def test_a_person_who_does_not_get_the_lock_is_no_attempt(studio: Studio) -> None:
    """`lock acquire` brings nothing into service."""
    studio.deployed("coder")
    lock_of(studio)
    with pytest.raises(Locked):
        app.lock_acquire(studio.project, None, message="repairs")
    assert [line["outcome"] for line in studio.history] == ["deployed"]


def test_who_was_refused_hides_nothing_of_what_the_host_did(studio: Studio) -> None:
    """A host that went back by itself says so to whoever comes next, and not only to who comes first."""
    studio.deployed("coder")
    by_itself = studio.history[-1] | {"outcome": "failed", "ended_by": "host", "detail": "the host went back by itself"}
    with (studio.root / "history.jsonl").open("a") as history:
        history.write(json.dumps(by_itself) + "\n")
    lock_of(studio)
    with pytest.raises(Locked):
        studio.deploy(studio.config("second", "coder", "fast"))
    assert studio.history[-1]["outcome"] == "locked"
    assert any("the host went back by itself" in note for note in app.status(studio.project, None).notes)
