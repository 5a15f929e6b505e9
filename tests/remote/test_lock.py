"""The lock as a verb holds it: waited for, kept alive, lost, and always given back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ccdeploy.errors import CommandFailed, ConnectionLost, Locked, LockLost
from ccdeploy.events import Event, Noted
from ccdeploy.release.manifest import Performer
from ccdeploy.remote import lock as module
from ccdeploy.remote.lock import Lock, new_owner
from ccdeploy.shell.command import Command, Result
from ccdeploy.shell.lock import guard, release
from ccdeploy.shell.prelude import LOCK_LOST, script
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.rehearsal import RehearsalTransport
from tests.support.waiting import until


@dataclass
class Clock:
    """Time that passes only while somebody sleeps; `meanwhile` is what happens then."""

    seconds: float = 0.0
    meanwhile: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        """Return noon, and the seconds since."""
        return datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.meanwhile()


@dataclass
class Host(LocalTransport):
    """This machine; `before` is asked before each command and may raise, `after` when it has been run."""

    before: Callable[[Command], object] = lambda command: None
    after: Callable[[Command], object] = lambda command: None
    ran: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        LocalTransport.__init__(self, "studio")

    def run(self, command: Command) -> Result:
        """Run a command on this machine."""
        self.before(command)
        result = super().run(command)
        self.ran.append(command.name)
        self.after(command)
        return result


def wanted(
    root: Path, who: str = "ada", *, host: Host | None = None, clock: Clock | None = None, manual: bool = False
) -> Lock:
    """Return the lock of root as somebody who wants it."""
    clock = clock or Clock()
    events: list[Event] = []
    owner = new_owner(Performer(who, "laptop"), "deploy tdd", clock, manual=manual)
    return Lock(host or Host(), str(root), owner, events.append, clock)


def is_held(root: Path) -> bool:
    """Whether anybody holds it."""
    return (root / "lock").exists()


def age(root: Path) -> None:
    """Make the lock as old as its owner is dead."""
    path = root / "lock" / "owner.json"
    aged = path.with_suffix(".aged")
    aged.write_text(json.dumps(json.loads(path.read_text()) | {"heartbeat": 1}) + "\n")
    aged.rename(path)  # a heartbeat reads meanwhile


def test_a_lock_is_held_for_the_length_of_a_verb(tmp_path: Path) -> None:
    """And names its owner while it is."""
    with wanted(tmp_path).held():
        assert json.loads((tmp_path / "lock" / "owner.json").read_text())["who"] == "ada"
    assert not is_held(tmp_path)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError, ConnectionLost, SystemExit])
def test_a_lock_is_given_back_however_a_verb_ends(tmp_path: Path, fault: type[BaseException]) -> None:
    """Ctrl-C leaves no lock behind."""
    with pytest.raises(fault), wanted(tmp_path).held():
        raise fault("it ends")
    assert not is_held(tmp_path)


def test_what_went_wrong_first_is_what_is_told(tmp_path: Path) -> None:
    """The connection is gone: that the lock could not be given back follows from it."""
    host = Host()

    def cut(command: Command) -> None:
        if command.name == "release the lock":
            raise ConnectionLost("studio: the connection ended again")

    host.before = cut
    with pytest.raises(ConnectionLost, match="first"), wanted(tmp_path, host=host).held():
        raise ConnectionLost("the first fault")


def test_ctrl_c_while_the_lock_is_taken_gives_it_back(tmp_path: Path) -> None:
    """The host may have made it before the answer was heard."""
    host = Host()

    def interrupt(command: Command) -> None:
        host.after = lambda command: None
        raise KeyboardInterrupt

    host.after = interrupt
    with pytest.raises(KeyboardInterrupt), wanted(tmp_path, host=host).held():
        pytest.fail("the verb began")
    assert not is_held(tmp_path)


def test_a_lock_that_a_script_gave_back_is_not_given_back_again(tmp_path: Path) -> None:
    """By then it may be another's."""
    host = Host()
    with wanted(tmp_path, host=host).held() as mine:
        host.run(release(mine.hold))
        mine.released()
        other = wanted(tmp_path, "bob")
        other.take()
        host.ran.clear()
    assert host.ran == []
    assert is_held(tmp_path)


def test_a_held_lock_is_refused_with_who_holds_it_and_what_to_do(tmp_path: Path) -> None:
    """Exit 5."""
    with wanted(tmp_path).held(), pytest.raises(Locked, match="studio is locked by ada from laptop") as caught:
        wanted(tmp_path, "bob").take()
    assert "--wait 60" in str(caught.value.hint)
    assert caught.value.result is not None
    assert caught.value.result["owner"]["who"] == "ada"


def test_a_manual_lock_is_refused_with_its_own_remedy(tmp_path: Path) -> None:
    """Waiting would be in vain."""
    wanted(tmp_path, manual=True).take()
    age(tmp_path)
    with pytest.raises(Locked, match="by hand by ada") as caught:
        wanted(tmp_path, "bob").take()
    assert "lock release" in str(caught.value.hint)


def test_a_root_that_is_not_there_is_no_lock_of_anybody(tmp_path: Path) -> None:
    """It is another fault, with another remedy."""
    with pytest.raises(CommandFailed), wanted(tmp_path / "nowhere").held():
        pytest.fail("the verb began")


def test_waiting_ends_when_the_lock_is_free(tmp_path: Path) -> None:
    """`--wait`: said once, asked again every two seconds."""
    first = wanted(tmp_path).take()
    clock = Clock()
    waiting = wanted(tmp_path, "bob", clock=clock)
    clock.meanwhile = lambda: clock.seconds >= 6 and Host().run(release(first.hold))
    seen: list[Event] = []
    waiting = Lock(waiting.transport, waiting.root, waiting.owner, seen.append, clock)
    with waiting.held(wait_s=60) as mine:
        assert mine.owner.who == "bob"
    assert clock.seconds == 6
    assert [e.text for e in seen if isinstance(e, Noted)] == [
        "waiting for the lock: studio is locked by ada from laptop since 2026-01-31T12:00:00Z (deploy tdd)"
    ]


def test_waiting_ends_in_time(tmp_path: Path) -> None:
    """A minute is a minute."""
    wanted(tmp_path).take()
    clock = Clock()
    with pytest.raises(Locked), wanted(tmp_path, "bob", clock=clock).held(wait_s=60):
        pytest.fail("the verb began")
    assert 56 <= clock.seconds <= 60


def test_a_takeover_is_said(tmp_path: Path) -> None:
    """Whoever was taken over may have left a mess."""
    wanted(tmp_path).take()
    age(tmp_path)
    seen: list[Event] = []
    lock = wanted(tmp_path, "bob")
    Lock(lock.transport, lock.root, lock.owner, seen.append, lock.clock).take()
    assert isinstance(seen[0], Noted)
    assert seen[0].text.startswith("took over a lock whose owner fell silent: by ada")


def test_what_the_host_says_at_the_taking_is_kept(tmp_path: Path) -> None:
    """Whether the facts are still true is known without another round trip."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "serving.json").write_text('{"pid": 5}\n')
    (tmp_path / "current").symlink_to("releases/r1")
    found = wanted(tmp_path).take().found
    assert found.startswith("current releases/r1\n")
    assert found.endswith('{"pid": 5}\n')


def test_a_heartbeat_keeps_it_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deploy that drains for ten minutes is not taken over."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    with wanted(tmp_path).held():
        age(tmp_path)
        until(lambda: '"heartbeat": 1}' not in (tmp_path / "lock" / "owner.json").read_text(), "a heartbeat")


def test_a_heartbeat_that_cannot_be_sent_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The main thread meets the same fault, and says so."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    host, failed = Host(), threading.Event()

    def fail_once(command: Command) -> None:
        if command.name == "renew the lock" and not failed.is_set():
            failed.set()
            raise ConnectionLost("studio: gone for a moment")

    host.before = fail_once
    with wanted(tmp_path, host=host).held():
        until(lambda: failed.is_set() and "renew the lock" in host.ran, "a second heartbeat")


def test_a_heartbeat_that_was_lost_is_made_up_for_before_the_next_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that was silent for half a minute has cost one already: with the next one the lock would lapse."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    monkeypatch.setattr(module, "RETRY_EVERY_S", 0.01)
    host, failed = Host(), threading.Event()

    def fail_once(command: Command) -> None:
        if command.name == "renew the lock" and not failed.is_set():
            monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 1000.0)
            failed.set()
            raise ConnectionLost("studio: nothing came from it")

    host.before = fail_once
    with wanted(tmp_path, host=host).held():
        until(lambda: failed.is_set() and "renew the lock" in host.ran, "the heartbeat that makes up for it")


def test_no_heartbeat_follows_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that goes on would outlive its connection."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    before = set(threading.enumerate())
    with wanted(tmp_path).held():
        pass
    assert not [t for t in threading.enumerate() if t.name == "heartbeat" and t not in before]


def test_a_lock_that_was_taken_over_stops_the_next_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LockLost, and nothing is written; the new owner keeps it."""
    monkeypatch.setattr(module, "HEARTBEAT_EVERY_S", 0.01)
    host = Host()

    def take_over(command: Command) -> None:
        if command.name == "renew the lock":  # between two heartbeats: one under way would write its own name back
            (tmp_path / "lock" / "owner.json").write_text('{"id": "other"}\n')

    host.before = take_over
    with wanted(tmp_path, host=host).held() as mine:
        until(lambda: not mine._beater or not mine._beater.is_alive(), "the heartbeat has noticed")
        body = script(guard(mine.hold), ": >written")
        with pytest.raises(LockLost, match="taken over while 'write'"):
            mine.run(Command("write", body, writes=True, ok=frozenset({0, LOCK_LOST})))
    assert not (tmp_path / "written").exists()
    assert (tmp_path / "lock" / "owner.json").read_text() == '{"id": "other"}\n'


def test_a_rehearsal_takes_no_lock(tmp_path: Path) -> None:
    """A dry run writes nothing."""
    lock = wanted(tmp_path)
    rehearsal = RehearsalTransport(lock.transport)
    with Lock(rehearsal, lock.root, lock.owner, lock.observer, lock.clock).held():
        assert not is_held(tmp_path)
    assert rehearsal.planned == ["take the lock", "release the lock"]
