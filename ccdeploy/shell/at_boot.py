"""The start after a boot: run/at-boot.sh, which a unit of systemd or launchd runs once.

It starts the release that was verified last, as ccdeploy starts it and recorded like that, unless that
one runs or somebody has the port. Then it ends: whatever it started, nobody but ccdeploy ends or
starts anew. It holds the environment of the proxy, so it is written anew with each release that serves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ccdeploy.shell.command import quote
from ccdeploy.shell.launch import Start, reserve_lines, start_lines
from ccdeploy.shell.lock import HELD, Hold, acquire_lines, release_line, still_ours
from ccdeploy.shell.log import turn_over
from ccdeploy.shell.prelude import NO_ROOT, script
from ccdeploy.shell.process import recorded_lines

SCRIPT = "run/at-boot.sh"
LOG = "logs/at-boot.log"
UNWRITTEN = "at-boot-unwritten"  # what a script that records prints when SCRIPT was not written
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_LOG_BYTES = 1_000_000
_MODE = "600"
_HEAD = "#!/bin/sh\n# Written by ccdeploy, anew with each release that serves. It holds the environment of the proxy.\n"


@dataclass(frozen=True)
class BootStart:
    """What is started after a boot: a release, the lines that check its files and make it current, and its proxy."""

    release: str
    before: str
    start: Start


def no_start() -> str:
    """Return the text of SCRIPT where nothing is to be started."""
    return f"{_HEAD}# There is no release to start: none was deployed yet, or `ccdeploy stop` has stopped it.\nexit 0\n"


def boot_script(hold: Hold, owner_json: str, stale_after_s: int, boot: BootStart) -> str:
    """Return the text of SCRIPT. The host takes the lock as `hold` while it starts the proxy, for as long as needed."""
    port = boot.start.port
    body = f"""
LC_ALL=C; export LC_ALL
trap '' HUP
cd {quote(hold.root)} || exit {NO_ROOT}
(umask 077; mkdir -p logs)
{turn_over(LOG, _LOG_BYTES)}
(umask 077; : >>{LOG})
{{
say() {{ printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }}
section() {{ printf '\\n%s: ' "$1"; }}
take() {{ (
{acquire_lines(hold, owner_json, stale_after_s)}
) }}
give_back() {{ (
{still_ours(hold)}
{release_line(hold)}
) }}
told=; taken=
while [ -z "$taken" ]; do
  found=$(take); code=$?
  case $code in 0) taken=yes; trap give_back EXIT; continue ;; {HELD}) ;; *) say "no lock: $code"; exit $code ;; esac
  # Whoever holds it by hand starts nothing; whoever deploys may.
  case $found in *'"manual": true'*) break ;; esac
  [ -n "$told" ] || {{ told=yes; say "waits for the lock: $found"; }}
  sleep 2
done
{recorded_lines(boot.start.name)}
if [ -n "$pid" ] && [ -n "$began" ] && is_alive "$pid" "$began"; then say "pid $pid serves already"; exit 0; fi
if is_listening {port}; then say 'port {port} is taken already: nothing is started'; exit 0; fi
say {quote(f"starts release {boot.release} on port {port}")}
{reserve_lines(boot.start)}
{boot.before}
{start_lines(boot.start, by_nohup=False)}
echo; say "$word: pid $pid"
[ "$word" = bound ]
}} >>{LOG} 2>&1 </dev/null
"""
    return f"{_HEAD}{_named(boot.release)}{script(body)}"


def _named(release: str) -> str:
    """Return the line by which the release is known again; one that another hand named strangely has none."""
    return f"# release {release}\n" if _PLAIN.fullmatch(release) else ""


def keep_lines(text: str) -> str:
    """Return the lines that write SCRIPT anew where `setup --at-boot` has put one.

    What is recorded beside it is not given up for it: UNWRITTEN is told when it could not be written.
    """
    return f"[ ! -e {SCRIPT} ] || printf '%s' {quote(text)} | write {SCRIPT} {_MODE} || echo {UNWRITTEN}\n"


def put_lines(text: str) -> str:
    """Return the lines that write SCRIPT; the folder run/ is there. They fail where it cannot be written."""
    return f"printf '%s' {quote(text)} | write {SCRIPT} {_MODE}"


def told_lines() -> str:
    """Return the lines of the sections `boots` and `at_boot`, with root as their folder and in `$root`.

    `$system` is what `uname -s` printed. The first section names the release that would be started. The second is
    `login` where that waits for a login of its user, `boot` where it does not, and nothing where no start after a
    boot is set up.
    """
    return f"""
  section boots; sed -n '/^# release [A-Za-z0-9._-]*$/{{s/^# release //p;q;}}' {SCRIPT} 2>/dev/null
  section at_boot
  if [ -s {SCRIPT} ]; then
    unit=ccdeploy$(printf '%s' "$root" | tr -c 'A-Za-z0-9' '-')
    if [ "$system" = Darwin ]; then
      if [ -f "/Library/LaunchDaemons/$unit.plist" ]; then echo boot
      elif [ -f "$HOME/Library/LaunchAgents/$unit.plist" ]; then echo login; fi
    elif [ -f "$HOME/.config/systemd/user/$unit.service" ] &&
      [ -L "$HOME/.config/systemd/user/default.target.wants/$unit.service" ]; then
      {LINGERS}
      if [ -n "$lingers" ]; then echo boot; else echo login; fi
    fi
  fi
"""


# Whether systemd starts the user's units at a boot, without a login.
LINGERS = """lingers=; if command -v loginctl >/dev/null 2>&1; then
        case $(loginctl show-user -p Linger "$(id -un)" 2>/dev/null) in *=yes) lingers=yes ;; esac; fi"""
