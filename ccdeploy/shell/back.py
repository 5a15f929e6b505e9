"""How a host goes back by itself: the lines of its dead man's switch, which run when no client is there any more.

They know what stood when the switch was armed, and judge what stands now: a client may have died anywhere.
They end with 0 where the way back was probed, UNVERIFIED where nothing on the host can ask, NOTHING_BEFORE where
there was none, and anything else where nothing good serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccdeploy.shell import releases
from ccdeploy.shell.command import quote
from ccdeploy.shell.dynamic import MODE, sweep_line
from ccdeploy.shell.launch import Start, start_lines
from ccdeploy.shell.path import file_word
from ccdeploy.shell.process import KILLED_WITHIN_S, Stop, end_lines, identity, recorded_lines

UNVERIFIED = 3
NOTHING_BEFORE = 4  # there was nothing to go back to: what was new has ended, and nothing serves
_PATIENCE_S = 10  # from SIGTERM to SIGKILL, for a proxy that nobody has verified and that keeps its port


@dataclass(frozen=True)
class Before:
    """What served when the switch was armed: its release and files, how it is started again, where it is asked.

    `old` is its process, None where nothing served; `state` its run/serving.json, and `manifest` its
    release.json as it was. `url` answers 200 when it is ready, `python` can ask where there is no curl.
    `is_another` is false where the new proxy is of the very same release.
    """

    release: str
    files: Mapping[str, str]
    manifest: str
    start: Start
    url: str
    python: str
    old: Stop | None
    state: str | None
    is_another: bool = True


@dataclass(frozen=True)
class Way:
    """Traefik's dynamic file: the text that leads back, and the digests of all texts of ours that it may have now."""

    path: str
    text: str
    digest: str
    known: Sequence[str]
    taken_within_s: float


def lines(before: Before | None, new: Stop | None = None, way: Way | None = None) -> str:
    """Return the lines that go back. `new` is the new slot, and `way` the file, where Traefik was to be pointed at it.

    Without `before` there is nothing to go back to: what was started is ended.
    """
    led = "" if way is None else _lead_back(way)
    if before is None:
        ended = end_lines(*_words(new), _PATIENCE_S) if new else _end_recorded("serving", not_old=None)
        return f"{_FUNCTIONS}{led}{ended}\nrm -f run/serving.json run/shadow.json\nexit {NOTHING_BEFORE}\n"
    links = f"({releases.activate(before.release)}{releases.write_manifest(before.release, before.manifest)}) || :"
    return f"""
{_FUNCTIONS}
{_serves_on(before)}
if [ -n "$serves_on" ]; then
  echo {quote(f"release {before.release} was never stopped: it is left serving")}
  {links}
  {_record(before)}
else
  ({releases.check_files(before.release, before.files)}) || exit {releases.DAMAGED}
  {links}
  {_stop_serving(before) if new is None else ""}
  {start_lines(before.start)}
  [ "$word" = bound ] || exit 1
fi
became=0; ready {quote(before.url)} {round(before.start.ready_timeout_s)} {quote(before.python)} || became=$?
{led}
{_end_new(before, new, way)}
exit $became
"""


def _serves_on(before: Before) -> str:
    """Return the lines that set `serves_on` where what served before does so yet, or a client has gone back already."""
    tests = []
    if before.old:
        tests.append(
            f'[ "$progress" != stopping ] && is_alive {identity(before.old)} && '
            f"holds {before.old.pid} {before.old.port} && serves_on=old"
        )
    if before.is_another:
        tests.append(
            f"grep -qF {quote(_named(before.release))} run/serving.json 2>/dev/null && "
            'is_alive "$pid" "$began" && holds "$pid" "$port" && serves_on=again'
        )
    return "\n".join(["serves_on=", recorded_lines("serving"), *tests])


def _named(release: str) -> str:
    return f'"release": "{release}"'


def _record(before: Before) -> str:
    """Return the lines that record the old process again, if another record has taken its place."""
    if before.state is None:
        return '[ "$serves_on" = again ] || rm -f run/serving.json'
    written = f"({releases.write_run_state('serving', before.state)})"
    return f'[ "$serves_on" = again ] || {written} || :'


def _end_new(before: Before, new: Stop | None, way: Way | None) -> str:
    """Return the lines that end what was new, once users are served: after its last request, where it had any."""
    if new is None:
        return f'[ "$serves_on" != old ] || {{ {_end_recorded("shadow", not_old=before.old)} }}\nrm -f run/shadow.json'
    ended = end_lines(*_words(new), new.patience_s)
    wait = f"sleep {max(1, round(way.taken_within_s))}" if way else ":"
    return f"""
rm -f run/draining.json
if [ "$way" = back ]; then
  [ -z "$was_led" ] || {wait}  # Traefik takes a file after its throttle; until then requests come to the new one
  {ended}
  rm -f run/shadow.json
fi
"""


def _stop_serving(before: Before) -> str:
    """Return the lines that free the port: of what is recorded, and of an old process that was told to stop in vain."""
    pid, began, port = _words(before.old) if before.old else ("''", "''", "0")
    return f"""
{recorded_lines("serving")}
if [ -n "$pid" ] && [ "$pid" != {pid} ] && ! holds "$pid" "$port"; then
  # It boots yet: it has no port to give up, and would take it from the next one.
  {end_lines('"$pid"', '"$began"', '"$port"', _PATIENCE_S)}
else
  stop_serving {_PATIENCE_S} "$pid" "$port" "$began"
fi
stop_serving {_PATIENCE_S} {pid} {port} {began}
"""


def _lead_back(way: Way) -> str:
    """Return the lines that let Traefik's file lead back, unless another hand has changed it; they set `way`."""
    word = file_word(way.path)
    known = "|".join(sorted({*way.known} - {way.digest}))
    return f"""
way=unknown; was_led=
case "$(digest {word} 2>/dev/null)" in
  {way.digest}) way=back ;;
  {known})
    if printf '%s' {quote(way.text)} | write {word} {MODE}; then way=back; was_led=yes; fi
    {sweep_line(word)} ;;
esac
[ "$way" = back ] || echo "Traefik's file is not as ccdeploy wrote it: it is left as it is, and so are both proxies"
"""


def _end_recorded(name: str, not_old: Stop | None) -> str:
    """Return the lines that end the process that run/NAME.json records, but not the old one."""
    spared = f'[ "$pid" != {not_old.pid} ] || pid=' if not_old else ":"
    return f"""
{recorded_lines(name)}
{spared}
if [ -n "$pid" ] && [ -n "$began" ]; then
{end_lines('"$pid"', '"$began"', '"$port"', _PATIENCE_S + KILLED_WITHIN_S)}
fi
"""


def _words(stop: Stop) -> tuple[str, str, str]:
    pid, _, began = identity(stop).partition(" ")
    return pid, began, str(stop.port)


_FUNCTIONS = r"""
holds() { # PID PORT: whether that process, or a worker of it, listens on the port
  for one in $(listeners "$2"); do
    [ "$one" != "$1" ] && [ "$(ps -o ppid= -p "$one" 2>/dev/null | tr -d ' ')" != "$1" ] || return 0
  done
  return 1
}
gives_up() { # PID PORT SECONDS: whether that process gives up the port in time
  until_=$(($(monotonic) + $3))
  while holds "$1" "$2"; do
    [ "$(monotonic)" -lt "$until_" ] || return 1
    pause
  done
}
stop_serving() { # SECONDS PID PORT START: it gives up its port, and finishes its streams beside the next one
  [ -n "$2" ] && [ -n "$4" ] && is_alive "$2" "$4" && holds "$2" "$3" || return 0
  kill -TERM "$2" 2>/dev/null
  gives_up "$2" "$3" "$1" || { kill_with_workers "$2" "$3"; gives_up "$2" "$3" 5; }
}
answers() { # URL PYTHON: whether a GET is answered with 200, asked without any proxy of the environment
  if command -v curl >/dev/null 2>&1; then
    curl -q -s -f -m 5 --noproxy '*' -o /dev/null "$1"
  else
    python=$2
    "$python" -c 'import sys, urllib.request as u
u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=5)' "$1" >/dev/null 2>&1
  fi
}
ready() { # URL SECONDS PYTHON: 0 when it answers in time, 1 when it does not, 3 when nothing here can ask
  command -v curl >/dev/null 2>&1 || [ -x "$3" ] || return 3
  until_=$(($(monotonic) + $2))
  until answers "$1" "$3"; do
    [ "$(monotonic)" -lt "$until_" ] || return 1
    pause
  done
}
"""
