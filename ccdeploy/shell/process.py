"""Starting and stopping proxies, each as a script that reports what became of it. launch.py knows how one starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.launch import LOG_LINES, Start, reserve_lines, start_lines
from ccdeploy.shell.lock import Hold, guard, still_ours
from ccdeploy.shell.log import cut_down_shadows, last_lines
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_ENDED, NOT_WRITTEN, script
from ccdeploy.shell.sections import function, new_mark, split

KILLED_WITHIN_S = 5  # what SIGKILL has not ended by then hangs in the kernel
_SWITCHING = "run/switch.pid"  # the switch script that runs: pid, start time, and whether it began to stop the old one
_STOPPING = "stopping"


@dataclass(frozen=True)
class Stop:
    """A proxy to stop: its pid, when it started, and the port that it must give up."""

    pid: int
    started: datetime
    port: int
    patience_s: float
    may_stream: bool = True  # though it does not listen: it was told to stop before, and ends its streams


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
    # Whoever lost the connection ends this script; `before` sees to it that one which comes too late starts nothing.
    parts = [guard(hold), announce(hold), reserve_lines(start), before, function(mark), still_ours(hold)]
    body = "\n".join([*parts, start_lines(start), "section end"]) + "\n"
    return Question(_command("start the shadow", body, start.ready_timeout_s + 30), mark)


def switch(hold: Hold, before: str, shadow: Stop | None, old: Stop | None, start: Start | None) -> Question:
    """End the shadow, stop the old proxy, and start the new one as soon as the old listener is gone, in one script.

    The old one finishes its streams beside the new one: its listener closes at SIGTERM. `before`
    runs first, while the old one still serves; when it fails nothing is stopped. It may run for as
    long as the old one's patience, and goes on when its client is gone: so it looks whether the lock
    is still ours before each step that cannot be undone, and can be ended by `end_switch`.
    """
    mark = new_mark()
    parts = [guard(hold), announce(hold), reserve_lines(start) if start else "", before, function(mark)]
    if shadow:  # while the old one serves: its end takes processor time, which the gap would last for
        began = quote(start_times(shadow.started)[0])
        ending = end_lines(str(shadow.pid), began, str(shadow.port), KILLED_WITHIN_S)
        parts.append(f"section shadow{ending}rm -f run/shadow.json{cut_down_shadows()}")
    if old:
        parts.append(_stop(hold, old))
    if start:
        parts += [still_ours(hold), start_lines(start)]
    elif old:
        parts += [still_ours(hold), "rm -f run/serving.json", _port_lines(old.port)]
    if old:
        parts.append(f"section old; describe {old.pid}")
    parts.append("section end")
    patience = (old.patience_s if old else 0) + (start.ready_timeout_s if start else 0) + 2 * KILLED_WITHIN_S
    command = _command("switch", "\n".join(parts) + "\n", patience + 30)
    return Question(Command(command.name, command.script, True, command.ok, command.timeout_s, finishes=True), mark)


def end_switch(hold: Hold, first: str = "") -> Command:
    """End a switch script that still runs though nobody waits for its answer, and wait until it is gone.

    What it had started lives on, and is recorded. Prints a word if it had told the old proxy to stop. `first` are
    lines that run before: they take away what a script needs that has not even begun.
    """
    body = f"""
{guard(hold)}
{first}was_running=
{end_switch_lines()}
[ -z "$was_running" ] || printf '%s\\n' "$progress"
"""
    ok = frozenset({0, LOCK_LOST})
    return Command("end the switch", script(body), writes=True, ok=ok, finishes=True)


def end_switch_lines() -> str:
    """Return the lines that end a switch script; they set `progress` to a word if it had told the old proxy to stop."""
    return f"""
pid=; began=; progress=
[ ! -s {_SWITCHING} ] || {{ read -r pid; read -r began; read -r progress; }} <{_SWITCHING}
if [ -n "$began" ] && is_alive "$pid" "$began"; then
  was_running=yes
  deadline=$(($(monotonic) + {KILLED_WITHIN_S})); how=TERM
  while is_alive "$pid" "$began"; do
    if [ "$how" = TERM ]; then kill -TERM "$pid" 2>/dev/null; else kill -KILL "$pid" 2>/dev/null; fi
    if [ "$(monotonic)" -ge "$deadline" ]; then
      [ "$how" = TERM ] || exit {NOT_ENDED}
      how=KILL; deadline=$(($(monotonic) + {KILLED_WITHIN_S}))
    fi
    pause
  done
  [ ! -s {_SWITCHING} ] || {{ read -r pid; read -r began; read -r progress; }} <{_SWITCHING}
fi
rm -f {_SWITCHING}
"""


def end(hold: Hold, name: str, patience_s: float) -> Command:
    """End the proxy that run/NAME.json records and that serves nobody (a shadow), and forget it.

    SIGKILL after `patience_s`. A recorded pid that is another process by now is left alone, and so is what whoever
    took the lock over recorded.
    """
    body = f"""
{guard(hold)}
{recorded_lines(name)}
{still_ours(hold)}
if [ -n "$pid" ] && [ -n "$began" ]; then
{end_lines('"$pid"', '"$began"', '"$port"', patience_s)}
fi
{cut_down_shadows() if name == "shadow" else ""}
rm -f run/{name}.json
"""
    ok = frozenset({0, LOCK_LOST})
    return Command(f"end the {name}", script(body), writes=True, ok=ok, timeout_s=patience_s + 30, finishes=True)


def recorded_lines(name: str) -> str:
    """Return the lines that set `pid`, `began` and `port` to what run/NAME.json says; empty, and 0, for nothing."""
    field = 's/.*"{0}": *"*\\([^",}}]*\\).*/\\1/p'
    return f"""
pid=$(sed -n '{field.format("pid")}' run/{name}.json 2>/dev/null)
began=$(sed -n '{field.format("started")}' run/{name}.json 2>/dev/null)
port=$(sed -n '{field.format("port")}' run/{name}.json 2>/dev/null)
case $pid in *[!0-9]*) pid= ;; esac
case $port in *[!0-9]*|'') port=0 ;; esac
"""


def end_slot(hold: Hold, stop: Stop) -> Command:
    """End a proxy that no way of the users leads to, after its last request; SIGKILL after its patience.

    Prints `killed` if it came to that.
    """
    began = quote(start_times(stop.started)[0])
    body = f"{guard(hold)}\n{end_lines(str(stop.pid), began, str(stop.port), stop.patience_s)}"
    ok = frozenset({0, LOCK_LOST})
    return Command("end a proxy", script(body), writes=True, ok=ok, timeout_s=stop.patience_s + 30, finishes=True)


def tell_to_end(hold: Hold, stop: Stop) -> Command:
    """Tell a proxy to end after its last request, and do not wait for it."""
    body = f"{guard(hold)}\nis_alive {identity(stop)} && kill -TERM {stop.pid}\n:\n"
    return Command("tell a proxy to end", script(body), writes=True, ok=frozenset({0, LOCK_LOST}), finishes=True)


def drain(root: str, stops: Sequence[Stop]) -> Command:
    """Wait until processes that were told to stop have finished their streams; SIGKILL after their patience.

    Prints the pid of each one that had to be killed.
    """
    waits = "\n".join(
        f"""
deadline=$(($(monotonic) + {round(stop.patience_s)})); killed=; looks=0
while is_alive {identity(stop)}; do
  if [ "$(monotonic)" -ge "$deadline" ]; then
    [ -z "$killed" ] || break
    echo {stop.pid}; kill_with_workers {stop.pid} {stop.port}; killed=yes
    deadline=$(($(monotonic) + {KILLED_WITHIN_S}))
  fi
  wait_on $looks; looks=$((looks + 1))
done"""
        for stop in stops
    )
    patience = sum(stop.patience_s for stop in stops)
    return Command("drain the old proxy", script(f"cd {quote(root)}", waits), writes=True, timeout_s=patience + 30)


def look(root: str, port: int, log: str, pids: Sequence[int]) -> Question:
    """Ask who listens on a port, how these processes are, and for the end of a log."""
    mark = new_mark()
    body = f"""
cd {quote(root)} || exit {NO_ROOT}
{function(mark)}
section listeners; describe $(listeners {port})
section alive; describe {" ".join(str(pid) for pid in pids)}
section log; {last_lines(quote(log), LOG_LINES)}
section end
"""
    return Question(Command("look at the process", script(body)), mark)


def _command(name: str, body: str, timeout_s: float) -> Command:
    return Command(name, script(body), writes=True, ok=frozenset({0, LOCK_LOST}), timeout_s=timeout_s)


def start_times(started: datetime) -> list[str]:
    """Return a start time as a script compares it: `is_alive` grants the 2 s that Linux may move it by."""
    return [" ".join(f"{started:%a %b} {started.day} {started:%H:%M:%S %Y}".split())]


def identity(stop: Stop) -> str:
    """Return the arguments of `is_alive`: the pid, and the start time that makes it that very process."""
    return " ".join([str(stop.pid), *(quote(moment) for moment in start_times(stop.started))])


def announce(hold: Hold) -> str:
    """Return the lines by which a script that changes what serves says who it is for as long as it runs.

    Who comes after it ends it by that, before anything is judged: a client anew, or the host itself. The host takes
    the lock first, and then looks for a script that runs; so this one says that it runs, and then looks at the lock.
    """
    return f"""
use_room  # it is kept again by who needs it
mkdir -p run && printf '%s\\n%s\\n' "$$" "$(started "$$")" | write {_SWITCHING} 644 || exit {NOT_WRITTEN}
retract() {{ [ "$(head -n 1 {_SWITCHING} 2>/dev/null)" != "$$" ] || rm -f {_SWITCHING}; }}
trap retract EXIT
trap 'trap - EXIT; exit 143' TERM  # whoever ends it reads how far it had come; bash would retract that first
{still_ours(hold)}
"""


def end_lines(pid: str, began: str, port: str, patience_s: float) -> str:
    """Return the lines that end a process, whose identity is given as words, and wait until it is gone."""
    return f"""
if is_alive {pid} {began}; then
  kill -TERM {pid} 2>/dev/null
  deadline=$(($(monotonic) + {round(patience_s)})); killed=; looks=0
  while is_alive {pid} {began}; do
    if [ "$(monotonic)" -ge "$deadline" ]; then
      [ -z "$killed" ] || break
      echo killed; kill_with_workers {pid} {port}; killed=yes; deadline=$(($(monotonic) + {KILLED_WITHIN_S}))
    fi
    wait_on $looks; looks=$((looks + 1))
  done
fi
"""


def _port_lines(port: int) -> str:
    """Return the lines that tell whether a port is free now."""
    return f"section port; if is_listening {port}; then echo open; else echo free; fi"


def _stop(hold: Hold, stop: Stop) -> str:
    """Return the lines that stop a proxy and wait until its listener is gone.

    One that does not listen yet has nothing to give up, and would take the port from the next: it is waited for.
    """
    boots, ended = ":", ""
    if not stop.may_stream:
        boots = f"boots=yes; ! is_listening {stop.port} || boots="
        ended = f"""
if [ -n "$boots" ]; then
  {still_ours(hold)}
{end_lines(str(stop.pid), quote(start_times(stop.started)[0]), str(stop.port), KILLED_WITHIN_S)}
fi
"""
    return f"""
section stop
boots=
if is_alive {identity(stop)}; then
  {still_ours(hold)}
  {boots}
  echo {_STOPPING} >>{_SWITCHING}
  kill -TERM {stop.pid}
  deadline=$(($(monotonic) + {round(stop.patience_s)})); looks=0; last=
  while is_listening {stop.port}; do
    pause; looks=$((looks + 1))
    [ $((looks % 10)) -eq 0 ] || continue
    if [ -n "$last" ]; then
      [ "$(monotonic)" -lt "$deadline" ] || break
    elif ! is_alive {identity(stop)}; then  # what listens is a worker on its way out, or another's
      last=yes; deadline=$(($(monotonic) + {KILLED_WITHIN_S}))
    elif [ "$(monotonic)" -ge "$deadline" ]; then
      {still_ours(hold)}
      echo killed; kill_with_workers {stop.pid} {stop.port}; last=yes; deadline=$(($(monotonic) + {KILLED_WITHIN_S}))
    fi
  done
fi
{ended}"""
