"""The lock of a host: `mkdir lock` takes it; owner.json in it tells whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, script

HELD = 76  # someone else holds it


@dataclass(frozen=True)
class Hold:
    """A lock that is ours: root of the host, absolute, and the owner's id."""

    root: str
    id: str


def guard(hold: Hold) -> str:
    """Return the first line of every script that writes: it ends with LOCK_LOST unless the lock is ours."""
    needle = quote(f'"id": "{hold.id}"')
    return (
        f"cd {quote(hold.root)} || exit {NO_ROOT}\ngrep -qF {needle} lock/owner.json 2>/dev/null || exit {LOCK_LOST}\n"
    )


def _write_owner(owner_json: str) -> str:
    """Return the shell function that writes owner.json with a heartbeat by the host's clock."""
    fixed = quote(owner_json.rstrip().removesuffix("}"))
    return f"""
write_owner() {{
  printf '%s, "heartbeat": %s}}\\n' {fixed} "$(now)" | write lock/owner.json 644
}}
"""


def acquire(hold: Hold, owner_json: str, stale_after_s: int) -> Command:
    """Take the lock, or tell who holds it (status 76, owner.json and age on stdout).

    A stale one (automatic, no heartbeat for `stale_after_s`, or without an owner for as long) is
    moved away by one `mv`. `lock/takeover` makes sure that only one contender moves it, and that
    what it moves is what it judged.
    """
    body = f"""
cd {quote(hold.root)} || exit {NO_ROOT}
{_write_owner(owner_json)}
age() {{
  beat=$(sed -n 's/.*"heartbeat": *\\([0-9][0-9]*\\).*/\\1/p' lock/owner.json 2>/dev/null)
  [ -n "$beat" ] || beat=$(mtime lock)
  echo $(($(now) - ${{beat:-$(now)}}))
}}
is_stale() {{
  grep -q '"manual": true' lock/owner.json 2>/dev/null && return 1
  [ "$(age)" -gt {stale_after_s} ]
}}
take_over() {{
  judged=$(cat lock/owner.json 2>/dev/null)
  if ! mkdir lock/takeover 2>/dev/null; then
    left=$(mtime lock/takeover) && [ $(($(now) - left)) -gt {stale_after_s} ] && rmdir lock/takeover 2>/dev/null
    return 1
  fi
  if [ "$judged" = "$(cat lock/owner.json 2>/dev/null)" ] && is_stale; then
    mv lock lock.stale.{hold.id} && printf 'took over %s\\n' "$judged" && rm -rf lock.stale.{hold.id}
  else
    rmdir lock/takeover; return 1
  fi
}}
tries=0
until mkdir lock 2>/dev/null; do
  [ -d lock ] || {{ [ -w . ] || exit 73; }}
  tries=$((tries + 1))
  if [ $tries -gt 3 ] || ! is_stale; then
    printf '%s\\n' "$(age)"; cat lock/owner.json 2>/dev/null; exit {HELD}
  fi
  take_over
done
write_owner || {{ rmdir lock; exit 73; }}
(umask 077; mkdir -p releases run logs) || {{ rm -rf lock; exit 73; }}
printf 'current %s\\n' "$(readlink current 2>/dev/null)"
cat run/serving.json 2>/dev/null || :
"""
    return Command("take the lock", script(body), writes=True, ok=frozenset({0, HELD}))


def beat(hold: Hold, owner_json: str) -> Command:
    """Renew the heartbeat; LOCK_LOST when the lock is no longer ours."""
    body = guard(hold) + _write_owner(owner_json) + "write_owner"
    return Command("renew the lock", script(body), writes=True, ok=frozenset({0, LOCK_LOST}))


def release_line(hold: Hold) -> str:
    """Return the last line of a script under `guard`: it gives the lock back, with one rename."""
    return f"mv lock lock.done.{hold.id} && rm -rf lock.done.{hold.id}"


def release(hold: Hold) -> Command:
    """Give our own lock back; no error when it is ours no longer."""
    body = guard(hold) + release_line(hold)
    return Command("release the lock", script(body), writes=True, ok=frozenset({0, LOCK_LOST, NO_ROOT}))


def look(root: str) -> Command:
    """Ask who holds the lock: the seconds since its heartbeat, then owner.json; nothing when it is free."""
    body = f"""
cd {quote(root)} 2>/dev/null || exit 0
[ -d lock ] || exit 0
beat=$(sed -n 's/.*"heartbeat": *\\([0-9][0-9]*\\).*/\\1/p' lock/owner.json 2>/dev/null)
[ -n "$beat" ] || beat=$(mtime lock)
echo $(($(now) - ${{beat:-$(now)}}))
cat lock/owner.json 2>/dev/null || :
"""
    return Command("look at the lock", script(body))


def release_any(hold: Hold) -> Command:
    """Take the lock away from whoever holds it, in the name of `hold`; only a person asks for this."""
    body = f"cd {quote(hold.root)} || exit {NO_ROOT}\n[ -d lock ] || exit 0\n{release_line(hold)}"
    return Command("release the lock", script(body), writes=True)
