"""Starting and stopping a proxy under nohup, each as a script that reports what became of it.

A proxy is started in a subshell of its own, so that it is no child of the script: a time-out that
ends the script spares it. Its three streams are redirected, so that the SSH channel can close.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ccdeploy.secret import Secret
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold, guard
from ccdeploy.shell.prelude import script
from ccdeploy.shell.sections import function, new_mark, split

LOG_LINES = 40  # of a proxy that failed: a Python traceback and what led to it
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # no shell can export another name
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


@dataclass(frozen=True)
class Stop:
    """A proxy to stop: its pid, when it started, and the port that it must give up."""

    pid: int
    started: datetime
    port: int
    patience_s: float


@dataclass(frozen=True)
class Question:
    """A command whose answer comes in parts."""

    command: Command
    mark: str

    def parts(self, output: bytes) -> Mapping[str, str]:
        """Return the parts of the answer as text. Raises ValueError when it is not whole."""
        raw = split(output, self.mark)
        return {name: content.decode("utf-8", "replace").strip("\n") for name, content in raw.items()}


def start_shadow(hold: Hold, before: str, start: Start) -> Question:
    """Start a proxy on the spare port and wait until it listens, or is dead, or is late."""
    mark = new_mark()
    body = guard(hold) + before + function(mark) + "\n" + _start(start) + "\nsection end\n"
    return Question(_command("start the shadow", body, start.ready_timeout_s + 30), mark)


def switch(hold: Hold, before: str, shadow: Stop | None, old: Stop | None, start: Start | None) -> Question:
    """Stop the old proxy and start the new one as soon as the old listener is gone, in one script.

    The old one finishes its streams beside the new one: its listener closes at SIGTERM. `before`
    runs first, while the old one still serves; when it fails nothing is stopped.
    """
    mark = new_mark()
    parts = [guard(hold), before, function(mark)]
    if shadow:
        parts.append(f"is_alive {_identity(shadow)} && kill -TERM {shadow.pid} 2>/dev/null; rm -f run/shadow.json")
    if old:
        parts.append(_stop(old))
    if start:
        parts.append(_start(start))
    elif old:
        parts.append("rm -f run/serving.json")
    if shadow:  # it has had a boot's time to end, and has no stream to finish
        parts.append(f"is_alive {_identity(shadow)} && kill -KILL {shadow.pid} 2>/dev/null")
    if old:
        parts.append(f"section old; describe {old.pid}")
    parts.append("section end")
    patience = (old.patience_s if old else 0) + (start.ready_timeout_s if start else 0)
    command = _command("switch", "\n".join(parts) + "\n", patience + 30)
    return Question(Command(command.name, command.script, True, command.ok, command.timeout_s, finishes=True), mark)


def end(root: str, name: str, patience_s: float) -> Command:
    """End the proxy that run/NAME.json records and that serves nobody (a shadow), and forget it.

    SIGKILL after `patience_s`. A recorded pid that is another process by now is left alone.
    """
    field = 's/.*"{0}": *"*\\([^",]*\\).*/\\1/p'
    body = f"""
cd {quote(root)} || exit 0
pid=$(sed -n '{field.format("pid")}' run/{name}.json 2>/dev/null)
began=$(sed -n '{field.format("started")}' run/{name}.json 2>/dev/null)
if [ -n "$pid" ] && is_alive "$pid" "$began"; then
  kill -TERM "$pid" 2>/dev/null
  deadline=$(($(now) + {round(patience_s)}))
  while is_alive "$pid" "$began"; do
    if [ "$(now)" -ge "$deadline" ]; then kill -KILL "$pid" 2>/dev/null; deadline=$(($(now) + 5)); fi
    pause
  done
fi
rm -f run/{name}.json
"""
    return Command(f"end the {name}", script(body), writes=True, timeout_s=patience_s + 30, finishes=True)


def drain(root: str, stops: Sequence[Stop]) -> Command:
    """Wait until processes that were told to stop have finished their streams; SIGKILL after their patience.

    Prints the pid of each one that had to be killed.
    """
    waits = "\n".join(
        f"""
deadline=$(($(now) + {round(stop.patience_s)}))
while is_alive {_identity(stop)}; do
  if [ "$(now)" -ge "$deadline" ]; then echo {stop.pid}; kill -KILL {stop.pid} 2>/dev/null; break; fi
  pause
done"""
        for stop in stops
    )
    patience = sum(stop.patience_s for stop in stops)
    return Command("drain the old proxy", script(f"cd {quote(root)}", waits), writes=True, timeout_s=patience + 30)


def look(root: str, port: int, log: str, pids: Sequence[int]) -> Question:
    """Ask who listens on a port, how these processes are, and for the end of a log."""
    mark = new_mark()
    body = f"""
cd {quote(root)} || exit 0
{function(mark)}
section listeners; listeners {port} | while read -r pid; do
  if [ "$pid" = '?' ]; then echo '?'; else describe "$pid"; fi; done
section alive; describe {" ".join(str(pid) for pid in pids)}
section log; tail -n {LOG_LINES} {quote(log)} 2>/dev/null
section end
"""
    return Question(Command("look at the process", script(body)), mark)


def _command(name: str, body: str, timeout_s: float) -> Command:
    return Command(name, script(body), writes=True, timeout_s=timeout_s)


def start_times(started: datetime) -> list[str]:
    """Return the start times, as `ps` prints them, that still mean the same process: within 2 s."""
    return [_lstart(started + timedelta(seconds=offset)) for offset in (0, -1, 1, -2, 2)]


def _identity(stop: Stop) -> str:
    """Return the arguments of `is_alive`: the pid, and the start times that still mean the same process."""
    return " ".join([str(stop.pid), *(quote(moment) for moment in start_times(stop.started))])


def _lstart(moment: datetime) -> str:
    """Return the moment as `ps -o lstart` prints it, with single spaces."""
    return " ".join(f"{moment:%a %b} {moment.day} {moment:%H:%M:%S %Y}".split())


def _stop(stop: Stop) -> str:
    """Return the lines that stop a proxy and wait until its listener is gone."""
    return f"""
section stop
if is_alive {_identity(stop)}; then
  kill -TERM {stop.pid}
  deadline=$(($(now) + {round(stop.patience_s)}))
  while is_listening {stop.port}; do
    if [ "$(now)" -ge "$deadline" ]; then
      is_alive {_identity(stop)} || break  # the port is another's now
      echo killed; kill -KILL {stop.pid} 2>/dev/null; deadline=$(($(now) + 5))
    fi
    pause
  done
fi
"""


def _start(start: Start) -> str:
    """Return the lines that start a proxy, record it, and wait until it listens, is dead, or is late.

    The word on stdout is one of bound, dead, late, foreign; then who listens; then the log's end
    unless it is bound.
    """
    exports = "\n".join(
        f"export {name}={quote(value.reveal())}" for name, value in start.environment.items() if _NAME.fullmatch(name)
    )
    words = " ".join(quote(word) for word in start.argv)
    log = quote(start.log)
    fixed = quote(", " + json.dumps(dict(start.state))[1:])
    return f"""
mkdir -p run logs
# Turned over only here, while nobody of ours writes to it; the previous one is kept.
[ -f {log} ] && [ "$(wc -c <{log})" -gt {LOG_KEPT_BYTES} ] && mv -f {log} {log}.1
(umask 077; : >>{log})
pid=$(
{exports}
nohup {words} >>{log} 2>&1 </dev/null &
echo $!)
began=$(started "$pid")
printf '{{"pid": %s, "started": "%s"%s\\n' "$pid" "$began" {fixed} | write run/{start.name}.json 644
deadline=$(($(now) + {round(start.ready_timeout_s)}))
word=; strange=0; looks=0
while [ -z "$word" ]; do
  # Looking costs the booting proxy processor time: the dear looks (a zombie, the time) are rare.
  looks=$((looks + 1))
  if ! kill -0 "$pid" 2>/dev/null; then word=dead
  elif is_listening {start.port}; then
    for one in $(listeners {start.port}); do
      [ "$one" = "$pid" ] && word=bound
      [ "$(ps -o ppid= -p "$one" 2>/dev/null | tr -d ' ')" = "$pid" ] && word=bound
    done
    # A listener can come or go between the two looks: a stranger is one that is seen three times.
    if [ -z "$word" ]; then strange=$((strange + 1)); [ $strange -lt 3 ] || word=foreign; pause; fi
  elif [ $((looks % 10)) -eq 0 ] && ! is_alive "$pid"; then word=dead
  elif [ $((looks % 10)) -eq 0 ] && [ "$(now)" -ge "$deadline" ]; then word=late
  else sleep 0.1 2>/dev/null || sleep 1; fi
done
section state; echo "$word"
section pid; echo "$pid"
section process; describe "$pid"
section listeners; for one in $(listeners {start.port}); do
  if [ "$one" = '?' ]; then echo '?'; else describe "$one"; fi; done
if [ "$word" != bound ]; then section log; tail -n {LOG_LINES} {log}; fi
"""
