"""A lock that is lost while it is taken or held, and one that is given back in the midst of a heartbeat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ccdeploy.shell import lock
from ccdeploy.shell.command import Command
from ccdeploy.shell.lock import HELD, Hold
from ccdeploy.shell.prelude import script
from tests.shell.shells import ShellTransport
from tests.shell.test_lock import STALE_S, acquire, free, holder, owner

__all__ = ["free"]


def test_a_lock_is_given_back_though_a_heartbeat_is_being_written(here: ShellTransport, root: Path, hold: Hold) -> None:
    """What is left of the folder is nobody's, and the next who takes the lock removes it."""
    name = f"lock.done.{hold.id}"
    remove = f'rm() {{ case $* in *{name}*) return 1 ;; *) command rm "$@" ;; esac; }}'
    body = script(lock.guard(hold), remove, lock.release_line(hold))
    assert here.run(Command("give it back", body)).status == 0
    assert [p.name for p in root.glob("lock*")] == [name]
    assert acquire(here, root, "next").status == 0
    assert [p.name for p in root.glob("lock*")] == ["lock"]


def test_a_lock_that_was_lost_in_the_meantime_is_not_given_back(here: ShellTransport, root: Path, hold: Hold) -> None:
    """What comes before that line may take seconds, and whoever took the lock over works under it."""
    loses = "printf '%s' '{\"id\": \"you\"}' >lock/owner.json"
    body = script(lock.guard(hold), loses, lock.release_line(hold))
    assert here.run(Command("give it back", body)).status == 0
    assert holder(root) == "you"


def test_a_lock_that_is_taken_away_while_it_is_taken_is_not_ours(here: ShellTransport, free: Path) -> None:
    """Of two who take a stale one over, the second must not believe that it has it."""
    asked = lock.acquire(Hold(str(free), "me"), owner("me"), STALE_S)
    begin, line, rest = asked.script.partition("write_owner lock ||")
    assert line
    lost = f"{begin}write_owner lock; printf '%s' '{{\"id\": \"you\"}}' >lock/owner.json; : ||{rest}"
    assert here.run(replace(asked, script=lost)).status == HELD
    assert holder(free) == "you"
