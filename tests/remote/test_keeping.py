"""A lock that is kept past the verb that took it: one lock for all that a command does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import ConnectionLost
from ccdeploy.events import Event, Noted, Warned
from ccdeploy.remote import lock as module
from ccdeploy.remote.lock import Keeping
from ccdeploy.shell.command import Command
from tests.remote.test_lock import Host, age, is_held, wanted
from tests.support.waiting import until


def test_the_next_verb_goes_on_under_it_until_it_is_given_back(tmp_path: Path) -> None:
    """Nobody comes in between."""
    keeping = Keeping()
    with replace(wanted(tmp_path), keeping=keeping).held() as first:
        assert first.is_kept
    assert is_held(tmp_path)
    with replace(wanted(tmp_path, "bob"), keeping=keeping).held() as second:
        assert second is first
    assert is_held(tmp_path)
    keeping.give_back()
    keeping.give_back()
    assert not is_held(tmp_path)


def test_a_verb_that_fails_leaves_nothing_to_keep(tmp_path: Path) -> None:
    """A deploy that was refused must not keep others waiting for a command that never runs."""
    keeping = Keeping()
    with pytest.raises(ConnectionLost), replace(wanted(tmp_path), keeping=keeping).held():
        raise ConnectionLost("it ends")
    assert (is_held(tmp_path), keeping.lock) == (False, None)


def test_a_heartbeat_that_fails_is_told_once_and_so_is_the_next_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the command of a user runs, no step of ours meets the fault; another may deploy before long."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    host, seen, failed = Host(), list[Event](), list[str]()

    def cut(command: Command) -> None:
        if command.name == "renew the lock" and len(failed) < 3:
            failed.append(command.name)
            raise ConnectionLost("studio: the connection was lost")

    host.before = cut
    keeping = Keeping()
    with replace(wanted(tmp_path, host=host), keeping=keeping, observer=seen.append).held():
        until(lambda: any(isinstance(event, Noted) for event in seen), "the lock is renewed")
    assert [type(event) for event in seen] == [Warned, Noted]
    keeping.give_back()


def test_a_lock_that_another_took_over_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command counts on may change under it."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    host, seen = Host(), list[Event]()
    keeping = Keeping()
    host.before = lambda command: host_is_taken(tmp_path) if command.name == "renew the lock" else None
    with replace(wanted(tmp_path, host=host), keeping=keeping, observer=seen.append).held():
        until(lambda: seen, "it is told")
    assert isinstance(seen[0], Warned)
    assert "another took the lock over" in seen[0].text
    keeping.give_back()
    assert is_held(tmp_path)


def host_is_taken(root: Path) -> None:
    """Let another take the lock over, as if ours had fallen silent."""
    age(root)
    wanted(root, "bob").take()
