"""The dead man's switch: a script on the host that goes back by itself unless the client confirms in time.

It is put on the host and started before the moment of risk, and outlives the client and the SSH
server. `run/deadman/ID.armed` is its state, with an id for each time that one is armed: whoever
renames it decides. The script that records how the attempt ended renames it to `.over` as its last step, the
watcher to `.fired` as its first: one of the two finds nothing to rename. So it can neither fire
after a confirmation, nor twice. After deploy-rs, whose activation waits for its client likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ccdeploy.shell.back import NOTHING_BEFORE, UNVERIFIED
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import HEARTBEAT, Hold, guard, is_ours, release_line, write_owner_function
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.process import end_switch_lines
from ccdeploy.shell.releases import append_history_word

FOLDER = "run/deadman"
LOG = "logs/deadman.log"
UNARMED = "unarmed"
NOT_ARMED = 81  # the watcher does not run: then nothing is risked
_BEATS_EVERY_S = 15
_STARTS_WITHIN_LOOKS = 200
_LONGEST_LOOK_S = 20  # from one look to the next, on a host that is very busy; beyond it the clock was set
_WAITS_S = 20  # of one question: longer ones would look like a lost connection


@dataclass(frozen=True)
class Watch:
    """One arming: the lock under which it was armed, and an id that no other has, before or after."""

    hold: Hold
    id: str

    @property
    def state(self) -> str:
        """What its files begin with, below root, as a shell word."""
        return quote(f"{FOLDER}/{self.id}")

    @property
    def path(self) -> str:
        """The absolute path of the script that watches."""
        return f"{self.hold.root}/{FOLDER}/{self.id}.sh"


@dataclass(frozen=True)
class Watcher:
    """What a host does when nobody confirms.

    `wait_s` is how long it waits, `silent_s` the age of the lock's heartbeat at which its client is
    gone. By `owner_id` and `owner_json` it holds the lock then. `back` are the lines that go
    back, `marks` give the release that failed its state. `history` is the line of history.jsonl in
    five pieces: the moment, the outcome's reason, the outcome and the seconds stand between them;
    `seconds` had gone by when it was armed.
    """

    wait_s: int
    silent_s: int
    owner_id: str
    owner_json: str
    back: str = field(repr=False)
    marks: str
    history: Sequence[str]
    seconds: int


def text(watch: Watch, watcher: Watcher) -> bytes:
    """Return the script that watches. It holds the environment of the way back: for a file of mode 0600."""
    hold = watch.hold
    host = Hold(hold.root, watcher.owner_id)
    at, why, outcome, seconds, end = (quote(piece) for piece in watcher.history)
    body = f"""
trap '' HUP INT QUIT
cd {quote(hold.root)} || exit {NO_ROOT}
section() {{ printf '%s: ' "$1"; }}
say() {{ printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }}
{write_owner_function(watcher.owner_json)}
state={watch.state}
left={watcher.wait_s}; went=0; why=
# Its client has just armed it, so it is not silent, whatever the clock has done since its last heartbeat.
last=$({HEARTBEAT}); was=$(now); jumped=$((was - ${{last:-$was}}))
printf '%s\n%s\n' "$$" "$(started "$$")" | write $state.pid 644 || exit {NOT_WRITTEN}
is_silent() {{
  {is_ours(hold)} || return 0
  # A clock that is put right by minutes makes no client silent: what it jumped does not count until the next heartbeat.
  is=$(now); step=$((is - was)); was=$is
  [ "$step" -ge 0 ] && [ "$step" -le {_LONGEST_LOOK_S} ] || jumped=$((jumped + step))
  beat=$({HEARTBEAT})
  [ "$beat" = "$last" ] || {{ last=$beat; jumped=0; }}
  [ -n "$beat" ] && [ $((is - jumped - beat)) -gt {watcher.silent_s} ]
}}
say "armed for $left s"
while [ -e $state.armed ]; do
  if [ -s $state.more ]; then read -r more <$state.more; rm -f $state.more; left=${{more:-$left}}; fi
  if [ "$left" -le 0 ]; then why="nobody confirmed within $went s"
  elif [ -e $state.now ]; then why='whoever came next told it to'
  elif is_silent; then why='its client was gone'
  else sleep 1; left=$((left - 1)); went=$((went + 1)); continue; fi
  mv -f $state.armed $state.fired 2>/dev/null && break
  why=; sleep 1
done
[ -n "$why" ] || {{ say 'it was confirmed, or gone back from'; [ -e $state.fired ] || rm -f $state.*; exit 0; }}
say "going back: $why"
# Whoever had the lock writes nothing from here on: the folder goes away with its name.
{is_ours(hold)} && mv lock lock.stale.{hold.id}
mkdir lock 2>/dev/null && write_owner lock
rm -rf lock.stale.{hold.id}
# It ends with the watcher, however that ends: a lock that nobody holds lapses.
(while [ -e $state.fired ] && sleep {_BEATS_EVERY_S} && is_alive "$$"; do
  (cd lock 2>/dev/null && {is_ours(host, "")} && write_owner .); done) &
beater=$!
progress=$(
{end_switch_lines()}
printf '%s' "$progress") || say 'a switch that hangs could not be ended'
use_room  # that was kept for the records of an attempt, for the disk may be full
became=0
(
{watcher.back}
) || became=$?
outcome=failed; detail="$why; the host went back by itself"
case $became in
  0) ;;
  {UNVERIFIED}) detail="$detail, unverified: it has neither curl nor a Python to ask with" ;;
  {NOTHING_BEFORE}) outcome=stranded; detail="$why; there is nothing to go back to, so the host ended what was new" ;;
  *) outcome=stranded; detail="$why; the host tried to go back by itself, and nothing good serves" ;;
esac
say "$outcome: $detail"
({watcher.marks}:) || say 'what failed could not be marked'
entry={at}$(date -u +%Y-%m-%dT%H:%M:%SZ){why}$detail{outcome}$outcome{seconds}$(({watcher.seconds} + went)){end}
(
{append_history_word('"$entry"')}
) || say 'history.jsonl could not be written'
kill "$beater" 2>/dev/null
if {is_ours(host)}; then {release_line(host)}; fi
rm -f $state.*  # as the last: who waits for the end finds the lock free
"""
    return script(body).encode()


def arm_lines(watch: Watch) -> str:
    """Return the lines, for a script under the lock, that start the watcher; NOT_ARMED when it does not run."""
    state = watch.state
    return f"""
mkdir -p logs && : >{state}.armed || exit {NOT_WRITTEN}
(umask 077; nohup /bin/sh {state}.sh >{LOG} 2>&1 </dev/null &)
looks=0
until [ -s {state}.pid ]; do
  looks=$((looks + 1))
  [ $looks -lt {_STARTS_WITHIN_LOOKS} ] || {{ rm -f {state}.armed; exit {NOT_ARMED}; }}
  pause
done
"""


def never_arm_lines(watch: Watch) -> str:
    """Return the lines that keep a script which has not armed it yet from taking any risk; they say so, each time.

    Such a script arms it first, and finds nothing to start. It may just be doing so: what is to be started is
    removed, and then it is looked whether it was.
    """
    state = watch.state
    return f"""
if [ ! -e {state}.armed ] && {_never_armed(state)}; then
  (: >{state}.never) 2>/dev/null
  rm -f {state}.sh
  [ -e {state}.armed ] || echo {UNARMED}
fi
"""


def disarm_line(watch: Watch, *, is_armed: bool) -> str:
    """Return the line that ends the watch, as the last of what records an attempt; LOCK_LOST when it has fired.

    Unless it `is_armed` for sure, it may never have been started.
    """
    state = watch.state
    never = "" if is_armed else f"{_never_armed(state)} || "
    return f"mv -f {state}.armed {state}.over 2>/dev/null || {never}exit {LOCK_LOST}\nrm -f {state}.*\n"


def sweep_lines() -> str:
    """Return the lines that remove the scripts of watchers that nobody started: they hold secrets.

    For one who holds the lock and has no watcher; whose upload seemed to fail has none either.
    """
    return f"""
rm -f {FOLDER}/*.never
for one_ in {FOLDER}/*.sh; do
  [ ! -e "$one_" ] || [ -e "${{one_%.sh}}.armed" ] || [ -e "${{one_%.sh}}.fired" ] || rm -f "${{one_%.sh}}".* || :
done
"""


def extend(watch: Watch, wait_s: float) -> Command:
    """Let the watcher wait for so many seconds from now on. LOCK_LOST when it has fired."""
    state = watch.state
    body = f"""
{guard(watch.hold)}
[ -e {state}.armed ] || {{ {_never_armed(state)} && exit 0; }} || exit {LOCK_LOST}
echo {round(wait_s)} | write {state}.more 644 || exit {NOT_WRITTEN}
"""
    return Command("hold off the dead man's switch", script(body), writes=True, ok=frozenset({0, LOCK_LOST}))


def ask_lines() -> str:
    """Return the lines that tell of each watcher, with root as the folder: its id, its state, and whether it lives."""
    return f"""
  section deadman
  for file in {FOLDER}/*.sh; do
    [ -e "$file" ] || continue
    one=${{file%.sh}}; state=idle; life=dead
    [ ! -e "$one.armed" ] || state=armed
    [ ! -e "$one.fired" ] || state=fired
    {{ read -r pid; read -r began; }} 2>/dev/null <"$one.pid" && is_alive "$pid" "$began" && life=alive
    printf '%s %s %s\n' "${{one##*/}}" "$state" "$life"
  done
"""


def wait(root: str, which: str) -> Command:
    """Wait for a watcher to end, for some seconds. Prints `alive` if it has not."""
    body = f"cd {quote(root)} || exit {NO_ROOT}\n{_wait_lines(which)}"
    return Command("wait for the host to go back by itself", script(body), timeout_s=_WAITS_S + 30)


def end(hold: Hold, which: str) -> Command:
    """Tell a watcher to go back now, and wait for its end, for some seconds. Prints `alive` if it has not.

    What is left of one that lives no longer is removed: its script holds secrets.
    """
    state = quote(f"{FOLDER}/{which}")
    body = f"{guard(hold)}\n[ ! -e {state}.armed ] || : >{state}.now\n{_wait_lines(which)}\nrm -f {state}.*\n"
    ok = frozenset({0, LOCK_LOST})
    return Command("let the host go back by itself", script(body), writes=True, ok=ok, timeout_s=_WAITS_S + 30)


def _wait_lines(which: str) -> str:
    return f"""
looks=0; until_=$(($(monotonic) + {_WAITS_S}))
while {{ read -r pid; read -r began; }} 2>/dev/null <{quote(f"{FOLDER}/{which}.pid")} && is_alive "$pid" "$began"; do
  [ "$(monotonic)" -lt "$until_" ] || {{ echo alive; exit 0; }}
  wait_on $looks; looks=$((looks + 1))
done
"""


def _never_armed(state: str) -> str:
    return f"{{ {{ [ -e {state}.sh ] || [ -e {state}.never ]; }} && [ ! -e {state}.fired ]; }}"
