"""The lock of a host: `mkdir lock` takes it; owner.json in it tells whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, script

HELD = 76  # someone else holds it
# Prints the heartbeat in owner.json; nothing for what is no number to a shell, to which 08 is a fault.
HEARTBEAT = r"""sed -n 's/.*"heartbeat": *\([1-9][0-9]\{0,11\}\)[^0-9]*$/\1/p' lock/owner.json 2>/dev/null"""


@dataclass(frozen=True)
class Hold:
    """A lock that is ours: root of the host, absolute, and the owner's id."""

    root: str
    id: str


def guard(hold: Hold) -> str:
    """Return the first line of every script that writes: it ends with LOCK_LOST unless the lock is ours."""
    return f"cd {quote(hold.root)} || exit {NO_ROOT}\n{still_ours(hold)}\n"


def still_ours(hold: Hold) -> str:
    """Return the line that ends a script, with root as its folder, with LOCK_LOST unless the lock is still ours."""
    return f"{is_ours(hold)} || exit {LOCK_LOST}"


def is_ours(hold: Hold, folder: str = "lock/") -> str:
    """Return the command that succeeds while the lock is ours; `folder` is where it lies, from the script's own."""
    return f"grep -qF {_needle(hold)} {folder}owner.json 2>/dev/null"


def _needle(hold: Hold) -> str:
    """Return what is found in our owner.json, and in no other."""
    return quote(f'"id": {json.dumps(hold.id)}')  # as it is written there, whatever another hand's id holds


def write_owner_function(owner_json: str) -> str:
    """Return the shell function `write_owner FOLDER`: owner.json with a heartbeat by the host's clock."""
    fixed = quote(owner_json.rstrip().removesuffix("}"))
    return f"""
write_owner() {{
  moment=$(now)
  printf '%s, "heartbeat": %s}}\\n' {fixed} "$moment" | write "$1/owner.json" 644
}}
"""


def acquire(hold: Hold, owner_json: str, stale_after_s: int) -> Command:
    """Take the lock, or tell who holds it (status 76, age and owner.json on stdout).

    A stale one (automatic, no heartbeat for `stale_after_s`, or without an owner for as long) is
    moved away by one `mv`. `lock.takeover` lets one contender at a time judge and move; it stands
    beside the lock, because a folder made inside would renew the age of one without an owner.
    """
    # It takes an instant: cut off in the middle, it would leave a lock that nobody knows to be theirs.
    body = acquire_lines(hold, owner_json, stale_after_s)
    return Command("take the lock", script(body), writes=True, ok=frozenset({0, HELD}), finishes=True)


def acquire_lines(hold: Hold, owner_json: str, stale_after_s: int) -> str:
    """Return the lines of `acquire`, for a script of the host's own; they end the shell that runs them, if need be."""
    return f"""
cd {quote(hold.root)} || exit {NO_ROOT}
{write_owner_function(owner_json)}
age() {{
  # No more digits than a clock has, and no leading zero: arithmetic of another's text would end the script.
  beat=$({HEARTBEAT})
  [ -n "$beat" ] || beat=$(mtime lock)
  echo $(($(now) - ${{beat:-$(now)}}))
}}
is_stale() {{
  grep -q '"manual": true' lock/owner.json 2>/dev/null && return 1
  age_=$(age)  # one from the future is of a clock that was put right since: its owner would have written another
  [ "$age_" -gt {stale_after_s} ] || [ "$age_" -lt -{stale_after_s} ]
}}
take_over() {{
  if mkdir lock.takeover 2>/dev/null; then
    if is_stale; then
      silent=$(head -n 1 lock/owner.json 2>/dev/null)
      mv lock lock.stale.{hold.id} && took=yes
    fi
    rmdir lock.takeover
  else
    left=$(mtime lock.takeover) && [ $(($(now) - left)) -gt {stale_after_s} ] && rmdir lock.takeover 2>/dev/null
    pause
  fi
}}
took=; tries=0
until mkdir lock 2>/dev/null; do
  tries=$((tries + 1))
  if [ ! -d lock ]; then  # given back just now, or it cannot be made
    [ $tries -lt 10 ] && [ -w . ] || exit 73
  elif [ $tries -lt 10 ] && is_stale; then
    take_over
  elif [ $tries -lt 4 ] && [ ! -s lock/owner.json ]; then
    pause  # somebody is just writing it
  else
    age; cat lock/owner.json 2>/dev/null; exit {HELD}
  fi
done
write_owner lock || {{ [ -e lock/owner.json ] || rm -rf lock; exit 73; }}
{is_ours(hold)} || {{ age; cat lock/owner.json 2>/dev/null; exit {HELD}; }}
(umask 077; mkdir -p releases run logs) || {{ rm -rf lock; exit 73; }}
rm -rf lock.stale.* lock.done.* 2>/dev/null
[ -z "$took" ] || printf 'took over %s\\n' "$silent"
printf 'current %s\\n' "$(readlink current 2>/dev/null)"
printf 'releases %s\\n' "$(ls releases 2>/dev/null | tr '\\n' ' ')"
cat run/serving.json 2>/dev/null || :
"""


def beat(hold: Hold, owner_json: str) -> Command:
    """Renew the heartbeat; LOCK_LOST when the lock is no longer ours."""
    # From inside the folder: when another takes the lock over just now, our name goes away with the old folder.
    inside = f"cd lock && {is_ours(hold, folder='')} || exit {LOCK_LOST}\nwrite_owner .\n"
    body = guard(hold) + write_owner_function(owner_json) + inside
    return Command("renew the lock", script(body), writes=True, ok=frozenset({0, LOCK_LOST}))


def release_line(hold: Hold) -> str:
    """Return the last line of a script under `guard`: it gives the lock back, with one rename, if it still is ours."""
    return f"! {is_ours(hold)} || {_give_away_line(hold)}"


def _give_away_line(hold: Hold) -> str:
    # A heartbeat may be writing into the folder: what cannot be removed then, the next who takes the lock removes.
    return f"{{ mv lock lock.done.{hold.id} && {{ rm -rf lock.done.{hold.id} || :; }}; }}"


def give_up_line(which: str) -> str:
    """Return the line that says, under the lock, that a change is given up: see `unless_given_up_line`."""
    return f"(: >lock/given-up.{which}) 2>/dev/null\n"


def unless_given_up_line(which: str) -> str:
    """Return the line that ends a script of a change that was given up before it said that it runs."""
    return f"[ ! -e lock/given-up.{which} ] || exit {LOCK_LOST}\n"


def release(hold: Hold) -> Command:
    """Give our own lock back; no error when it is ours no longer."""
    body = guard(hold) + release_line(hold)
    return Command("release the lock", script(body), writes=True, ok=frozenset({0, LOCK_LOST, NO_ROOT}))


def release_any(hold: Hold, seen_id: str | None) -> Command:
    """Take the lock away from the owner that was seen, in the name of `hold`; only a person asks for this.

    LOCK_LOST when another one has it by now. `seen_id` is None for a lock whose owner could not be
    read: then it must still name none that is whole.
    """
    unchanged = '! grep -q \'"id": ".*"heartbeat": *[0-9][0-9]*}\' lock/owner.json 2>/dev/null'
    if seen_id is not None:
        unchanged = f"grep -qF {_needle(Hold(hold.root, seen_id))} lock/owner.json 2>/dev/null"
    body = f"""
cd {quote(hold.root)} || exit {NO_ROOT}
[ -d lock ] || exit 0
{unchanged} || exit {LOCK_LOST}
{_give_away_line(hold)}
"""
    return Command("release the lock", script(body), writes=True, ok=frozenset({0, LOCK_LOST}))
