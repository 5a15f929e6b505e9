"""The lock of a host, by its real scripts in every shell at hand."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.shell import lock
from ccdeploy.shell.command import Command, Result
from ccdeploy.shell.lock import HELD, Hold
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, script
from ccdeploy.transport.local import LocalTransport
from tests.shell.shells import ShellTransport

STALE_S = 60
LONG_AGO = 1_000_000_000
EVERY_STATUS = frozenset(range(256))
ROUNDS = 4
CONTENDERS = 20


@pytest.fixture
def free(root: Path) -> Path:
    """A root that nobody holds."""
    (root / "lock" / "owner.json").unlink()
    (root / "lock").rmdir()
    return root


def owner(name: str, *, manual: bool = False) -> str:
    """Return the fixed part of an owner.json."""
    return json.dumps({"id": name, "who": "ada", "doing": '"manual": true, "heartbeat": 5', "manual": manual})


def acquire(way: LocalTransport, root: Path, name: str, *, manual: bool = False) -> Result:
    """Try once to take the lock."""
    return way.run(lock.acquire(Hold(str(root), name), owner(name, manual=manual), STALE_S))


def hold_since(root: Path, name: str, heartbeat: int, *, manual: bool = False) -> None:
    """Leave a lock behind whose last heartbeat was at that moment."""
    (root / "lock").mkdir()
    (root / "lock" / "owner.json").write_text(owner(name, manual=manual)[:-1] + f', "heartbeat": {heartbeat}}}\n')


def holder(root: Path) -> str:
    """Return the id that owner.json names."""
    return str(json.loads((root / "lock" / "owner.json").read_text())["id"])


def guarded(way: LocalTransport, root: Path, name: str) -> int:
    """Run a script under the guard of an owner that touches a file; return its status."""
    body = script(lock.guard(Hold(str(root), name)), ": >written")
    status = way.run(Command("write", body, ok=EVERY_STATUS)).status
    assert (root / "written").exists() == (status == 0)
    return status


def test_a_free_lock_is_taken_with_a_heartbeat_by_the_hosts_clock(here: ShellTransport, free: Path) -> None:
    """Ages are only comparable when one clock tells them all."""
    before = int(time.time())
    (free / "current").symlink_to("releases/r1")
    (free / "run" / "serving.json").write_text('{"pid": 1}\n')
    answer = acquire(here, free, "me")
    assert answer.status == 0
    assert answer.text.startswith("current releases/r1\n")
    assert answer.text.endswith('{"pid": 1}\n')
    written = json.loads((free / "lock" / "owner.json").read_text())
    assert before <= written.pop("heartbeat") <= int(time.time())
    assert written == json.loads(owner("me"))


def test_a_held_lock_tells_its_age_and_owner(here: ShellTransport, free: Path) -> None:
    """The one who waits must know for whom."""
    acquire(here, free, "me")
    answer = acquire(here, free, "you")
    age, _, told = answer.text.partition("\n")
    assert (answer.status, json.loads(told)["id"]) == (HELD, "me")
    assert int(age) < STALE_S


def test_a_lock_is_given_back_by_its_owner_alone(here: ShellTransport, free: Path) -> None:
    """Freeing what carries another's token would let two deploys in."""
    acquire(here, free, "me")
    assert here.run(lock.release(Hold(str(free), "you"))).status == LOCK_LOST
    assert holder(free) == "me"
    assert here.run(lock.release(Hold(str(free), "me"))).status == 0
    assert not list(free.glob("lock*"))


def test_a_silent_lock_is_taken_over_and_said_so(here: ShellTransport, free: Path) -> None:
    """A laptop that was closed in the middle of a deploy must not lock a host for ever."""
    hold_since(free, "gone", LONG_AGO)
    answer = acquire(here, free, "me")
    first, _, rest = answer.text.partition("\n")
    assert json.loads(first.removeprefix("took over "))["id"] == "gone"
    assert rest.startswith("current \n")
    assert holder(free) == "me"
    assert [p.name for p in free.glob("lock*")] == ["lock"]


def test_a_lock_that_beats_is_not_taken_over(here: ShellTransport, free: Path) -> None:
    """Its owner is at work."""
    hold_since(free, "busy", int(time.time()) - STALE_S + 20)
    assert acquire(here, free, "me").status == HELD
    assert holder(free) == "busy"


def test_a_manual_lock_never_expires(here: ShellTransport, free: Path) -> None:
    """A person who says hands off means it after lunch too."""
    hold_since(free, "person", LONG_AGO, manual=True)
    assert acquire(here, free, "me").status == HELD
    assert holder(free) == "person"


def test_a_lock_without_an_owner_is_young_at_first(here: ShellTransport, free: Path) -> None:
    """Between mkdir and owner.json somebody is just taking it."""
    (free / "lock").mkdir()
    answer = acquire(here, free, "me")
    assert answer.status == HELD
    assert int(answer.text) < STALE_S


@pytest.mark.parametrize(("ahead_s", "status"), [(30, HELD), (600, 0)])
def test_a_heartbeat_from_the_future_is_stale(here: ShellTransport, free: Path, ahead_s: int, status: int) -> None:
    """A clock that was years ahead when its client died would hold the lock for years once it is put right."""
    hold_since(free, "gone", int(time.time()) + ahead_s)
    assert acquire(here, free, "me").status == status


def test_a_lock_without_an_owner_goes_stale_by_its_folders_age(here: ShellTransport, free: Path) -> None:
    """Whoever made it was cut off before it could write its name."""
    (free / "lock").mkdir()
    os.utime(free / "lock", (LONG_AGO, LONG_AGO))
    assert acquire(here, free, "me").text.startswith("took over \n")
    assert holder(free) == "me"


def test_a_takeover_that_was_cut_off_does_not_lock_for_ever(here: ShellTransport, free: Path) -> None:
    """The right to take over can be left behind by a crash like the lock itself."""
    hold_since(free, "gone", LONG_AGO)
    for place in (free / "lock.takeover", free / "lock" / "takeover"):
        place.mkdir()
        os.utime(place, (LONG_AGO, LONG_AGO))
    assert acquire(here, free, "me").status == 0
    assert holder(free) == "me"


def test_what_a_cut_off_release_left_behind_is_swept_away(here: ShellTransport, free: Path) -> None:
    """Root is a folder that people look into."""
    (free / "lock.done.x").mkdir()
    (free / "lock.stale.y").mkdir()
    acquire(here, free, "me")
    assert [p.name for p in free.glob("lock*")] == ["lock"]


def test_a_lock_that_cannot_be_made_is_not_called_held(here: ShellTransport, free: Path) -> None:
    """Waiting for nobody would be the wrong advice."""
    (free / "lock").write_text("a file of another hand")
    command = replace(lock.acquire(Hold(str(free), "me"), owner("me"), STALE_S), ok=EVERY_STATUS)
    assert here.run(command).status == 73


def test_a_heartbeat_renews_our_lock_only(here: ShellTransport, free: Path) -> None:
    """Each beat is sixty more seconds of hands off."""
    hold_since(free, "me", LONG_AGO)
    assert here.run(lock.beat(Hold(str(free), "me"), owner("me"))).status == 0
    assert json.loads((free / "lock" / "owner.json").read_text())["heartbeat"] >= int(time.time()) - 5
    assert here.run(lock.beat(Hold(str(free), "you"), owner("you"))).status == LOCK_LOST
    assert holder(free) == "me"


def test_a_heartbeat_never_writes_into_the_lock_of_another(here: ShellTransport, free: Path) -> None:
    """A laptop that wakes up in the middle of its beat must not put its name on the lock of who took over."""
    hold_since(free, "me", LONG_AGO)
    at = "now() { date +%s; }"
    taken_over = (
        'now() { mv ../lock ../gone && mkdir ../lock && echo \'{"id": "other"}\' >../lock/owner.json; echo 1; }'
    )
    command = lock.beat(Hold(str(free), "me"), owner("me"))
    assert command.script.count(at) == 1
    outside = taken_over.replace("../", "")
    inside = f"now() {{ if [ -d lock ]; then {outside[8:-2]} else {taken_over[8:-2]} fi; }}"
    here.run(replace(command, script=command.script.replace(at, inside), ok=EVERY_STATUS))
    assert (free / "gone").is_dir(), "the takeover did not happen"
    assert holder(free) == "other"


def test_the_guard_ends_a_script_once_the_lock_is_lost(here: ShellTransport, free: Path) -> None:
    """Whoever was taken over must not write beside the new owner."""
    hold_since(free, "me", LONG_AGO)
    assert guarded(here, free, "me") == 0
    (free / "written").unlink()
    acquire(here, free, "you")
    assert guarded(here, free, "me") == LOCK_LOST


def test_the_guard_ends_a_script_where_there_is_no_lock_or_root(here: ShellTransport, free: Path) -> None:
    """No lock is not our lock."""
    assert guarded(here, free, "me") == LOCK_LOST
    assert guarded(here, free / "nowhere", "me") == NO_ROOT


def test_a_person_can_take_any_lock_away(here: ShellTransport, free: Path) -> None:
    """`lock release --force` is the way out of everything else."""
    assert here.run(lock.release_any(Hold(str(free), "me"), None)).status == 0
    hold_since(free, "person", LONG_AGO, manual=True)
    assert here.run(lock.release_any(Hold(str(free), "me"), "person")).status == 0
    (free / "lock").mkdir()
    (free / "lock" / "owner.json").write_text('{"id": "half a fi')
    assert here.run(lock.release_any(Hold(str(free), "me"), None)).status == 0
    assert not list(free.glob("lock*"))


@pytest.mark.parametrize("seen", ["gone", None])
def test_only_the_lock_that_was_seen_is_taken_away(here: ShellTransport, free: Path, seen: str | None) -> None:
    """Between the look and the release another may have taken it, whose deploy would be cut in two."""
    acquire(here, free, "other")
    assert here.run(lock.release_any(Hold(str(free), "me"), seen)).status == LOCK_LOST
    assert holder(free) == "other"


@pytest.fixture(params=["with an owner", "without an owner"])
def stale(request: pytest.FixtureRequest, free: Path) -> Path:
    """A lock that is ripe to be taken over."""
    if request.param == "with an owner":
        hold_since(free, "gone", LONG_AGO)
    else:
        (free / "lock").mkdir()
        os.utime(free / "lock", (LONG_AGO, LONG_AGO))
    return free


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_many_contenders_for_a_stale_lock_exactly_one_wins(stale: Path, turn: int) -> None:
    """Two winners would write at once, which is what the lock is there against."""
    way = LocalTransport("here")
    with ThreadPoolExecutor(CONTENDERS) as pool:
        answers = list(pool.map(lambda n: acquire(way, stale, f"c{turn}-{n}"), range(CONTENDERS)))
    winners = [n for n, answer in enumerate(answers) if answer.status == 0]
    assert len(winners) == 1
    assert holder(stale) == f"c{turn}-{winners[0]}"
    losers = [answer.text.partition("\n") for answer in answers if answer.status == HELD]
    assert all(age.lstrip("-").isdigit() for age, _, _ in losers)
    assert [p.name for p in stale.glob("lock*")] == ["lock"]


@pytest.mark.parametrize(
    "name", ["it's \" $(touch made) `touch made`", "a\nb", "\0", "\ud800", "\u202e", ".*", "\\", ""]
)
def test_a_lock_with_an_id_of_another_hand_is_taken_away(here: ShellTransport, free: Path, name: str) -> None:
    """Whatever stands in owner.json, a person can give the lock back, and nothing of it is executed."""
    hold_since(free, name, LONG_AGO)
    hold = Hold(str(free), "person")
    assert here.run(lock.release_any(hold, f"{name}!")).status == LOCK_LOST
    assert here.run(lock.release_any(hold, name)).status == 0
    assert not (free / "lock").exists()
    assert not (free / "made").exists()


@pytest.mark.parametrize("beat", ["08", "9" * 40, "0x10", "5; touch made", "$(touch made)", "1e9", '"1"', "-5"])
def test_a_heartbeat_of_another_hand_neither_ends_the_script_nor_runs(
    here: ShellTransport, free: Path, beat: str
) -> None:
    """An octal number that is none ends a shell; then nobody could take this host any more."""
    (free / "lock").mkdir()
    (free / "lock" / "owner.json").write_text(f'{{"id": "x", "heartbeat": {beat}}}\n')
    os.utime(free / "lock", (LONG_AGO, LONG_AGO))
    assert acquire(here, free, "new").status == 0
    assert holder(free) == "new"
    assert not (free / "made").exists()
