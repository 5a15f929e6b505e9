"""How a proxy is launched under nohup: its environment, its log, its record, and the wait for its port.

It is started in a subshell of its own, so that it is no child of the script: a time-out that ends
the script spares it. That subshell records itself before it becomes the proxy: whenever the script
is cut off, there is no proxy that run/NAME.json does not name. Its three streams are redirected,
so that the SSH channel can close.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccdeploy.secret import Secret
from ccdeploy.shell.command import quote
from ccdeploy.shell.log import last_lines, turn_over
from ccdeploy.shell.prelude import NOT_WRITTEN

LOG_LINES = 40  # of a proxy that failed: a Python traceback and what led to it
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # no shell can export another name
# Some shell refuses to set these, or makes them mean something: zsh changes its user with UID. They go by `env`.
_OF_SHELLS = re.compile(
    r"BASHOPTS|BASHPID|BASH_VERSINFO|COLUMNS|DIRSTACK|EGID|EPOCHREALTIME|EPOCHSECONDS|ERRNO|EUID|"
    r"FUNCNAME|FUNCNEST|GID|GROUPS|HISTCMD|HISTFILESIZE|HISTSIZE|IFS|KEYTIMEOUT|LINENO|LINES|LISTMAX|"
    r"MAILCHECK|OPTARG|OPTIND|PPID|RANDOM|SAVEHIST|SECONDS|SHELLOPTS|SHLVL|SRANDOM|TTYIDLE|UID|USERNAME|"
    r"_"
)
# The records of an attempt, each a block or two of a disk that anybody may fill while it is under way.
ROOM_BYTES = 65_536
LEAST_ROOM_BYTES = 8192  # of a way back: what the record of its proxy needs
LOG_KEPT_BYTES = 10_000_000  # litellm.log is turned over at this size when a proxy starts


@dataclass(frozen=True)
class Start:
    """A proxy to start: its command line, environment, log, and what run/NAME.json will say of it."""

    name: str  # serving or shadow
    argv: tuple[str, ...]
    environment: Mapping[str, Secret] = field(repr=False)
    port: int
    log: str
    state: Mapping[str, Any]
    ready_timeout_s: float
    room_bytes: int = ROOM_BYTES  # that are to be had on the host for its records


def reserve_lines(start: Start) -> str:
    """Return the lines that end the script while nothing is stopped yet, if what is started could not be recorded.

    The room for that is kept from here on, until it is used.
    """
    return f"""
[ ! -d run/{start.name}.json ] && mkdir -p run logs && set_room {start.room_bytes} &&
  (umask 077; : >>{quote(start.log)}) || exit {NOT_WRITTEN}
"""


def start_lines(start: Start, *, by_nohup: bool = True) -> str:
    """Return the lines that start a proxy, record it, and wait until it listens, is dead, or is late.

    The word on stdout is one of bound, dead, late, foreign; then who listens; then the log's end
    unless it is bound. A script that no terminal and no connection can hang up needs no nohup.
    """
    log = quote(start.log)
    return f"""
{turn_over(start.log, LOG_KEPT_BYTES)}
(umask 077; : >>{log})
pid=$( (
me=$(exec sh -c 'echo "$PPID"')
use_room
printf '{{"pid": %s, "started": "%s"%s\\n' "$me" "$(started "$me")" {_fixed(start)} |
  write run/{start.name}.json 644 || exit {NOT_WRITTEN}
is_alive "$$" || {{ rm -f run/{start.name}.json; exit 1; }}  # the script was ended meanwhile, and nobody waits
echo "$me"
{_exec_line(start, by_nohup=by_nohup)}
exec "$@" >>{log} 2>&1 </dev/null) &)
[ -n "$pid" ] || exit {NOT_WRITTEN}  # what cannot be recorded is not started
set_room {ROOM_BYTES} || set_room {LEAST_ROOM_BYTES}  # for the record that it serves
deadline=$(($(monotonic) + {round(start.ready_timeout_s)}))
word=; strange=0; looks=0; looked_at=; rare=10; is_linux && rare=1  # elsewhere it costs a program to know a zombie
while [ -z "$word" ]; do
  # Looking costs the booting proxy processor time, and to ask who listens costs most: on macOS, and on a
  # host with thousands of connections. A proxy that has bound its port says something, so its log grows.
  looks=$((looks + 1)); size=$(wc -c <{log})
  if ! kill -0 "$pid" 2>/dev/null; then word=dead
  elif {{ [ "$size" != "$looked_at" ] || [ $((looks % 10)) -eq 0 ]; }} && looked_at=$size &&
    is_listening {start.port}; then
    who=$(listeners {start.port})
    for one in $who; do
      [ "$one" = "$pid" ] || [ "$(ps -o ppid= -p "$one" 2>/dev/null | tr -d ' ')" = "$pid" ] || continue
      word=bound; break
    done
    # A listener can come or go between the two looks: a stranger is one that is seen three times.
    if [ -z "$word" ]; then strange=$((strange + 1)); looked_at=; [ $strange -lt 3 ] || word=foreign; pause; fi
  elif [ $((looks % rare)) -eq 0 ] && ! is_alive "$pid"; then word=dead
  elif [ $((looks % 10)) -eq 0 ] && [ "$(monotonic)" -ge "$deadline" ]; then word=late
  else sleep 0.1 2>/dev/null || sleep 1; fi
done
section state; echo "$word"
section pid; echo "$pid"
section process; this=$(describe "$pid"); printf '%s\\n' "$this"
[ "$word" = bound ] || who=$(listeners {start.port})
section listeners; if [ "$who" = "$pid" ]; then printf '%s\\n' "$this"; else describe $who; fi
if [ "$word" != bound ]; then section log; {last_lines(log, LOG_LINES)}; fi
"""


def _fixed(start: Start) -> str:
    """Return what run/NAME.json says beside pid and start time, as a word."""
    return quote(", " + json.dumps(dict(start.state))[1:])


def _exec_line(start: Start, *, by_nohup: bool) -> str:
    """Return the lines that make the proxy's environment and command line the shell's own, to be run as `"$@"`.

    Names are looked up first: the environment may bring a PATH of its own.
    """
    every = {name: value.reveal() for name, value in start.environment.items()}
    settable = {name: value for name, value in every.items() if _NAME.fullmatch(name) and "\0" not in value}
    exports = [f"export {name}={quote(value)}" for name, value in settable.items() if not _OF_SHELLS.fullmatch(name)]
    by_env = [quote(f"{name}={value}") for name, value in settable.items() if _OF_SHELLS.fullmatch(name)]
    words = [quote(word) for word in start.argv]
    if by_env:
        words = ['"$(command -v env)"', *by_env, *words]
    if by_nohup:
        words = ['"$(command -v nohup)"', *words]
    return "\n".join([f"set -- {' '.join(words)}", *exports])
