"""The unit that runs run/at-boot.sh once after a boot: its text for systemd and launchd, and how it is put in place.

It starts and ends nothing by itself. systemd: the script ends while the proxy lives on, hence `oneshot`
with `RemainAfterExit`; `KillMode=process`, so that to stop or restart the unit never ends a proxy.
launchd: no `KeepAlive`, and `AbandonProcessGroup`, without which the proxy would end with the script.
"""

from __future__ import annotations

import hashlib
import plistlib
import posixpath
import re

from ccdeploy.shell.at_boot import LINGERS, SCRIPT, put_lines
from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.dynamic import CHANGED, unchanged_line
from ccdeploy.shell.facts import FactsQuestion
from ccdeploy.shell.lock import Hold, guard
from ccdeploy.shell.prelude import LOCK_LOST, NOT_WRITTEN, script
from ccdeploy.shell.sections import function, new_mark

_MARK = re.compile(r"(?:# |<!-- )Written by ccdeploy to start a proxy after a boot, sha256 ([0-9a-f]{64})(?: -->)?\n")
_UNITS = ".config/systemd/user"  # below the home
_WANTS = f"{_UNITS}/default.target.wants"


def name(root: str) -> str:
    """Return the name of a root's unit, without `.service` or `.plist`; the host finds it by the same rule."""
    return "ccdeploy" + re.sub(rb"[^A-Za-z0-9]", b"-", root.encode("utf-8", "surrogateescape")).decode()


def command(root: str) -> tuple[str, str]:
    """Return the words that the unit runs."""
    return "/bin/sh", f"{root}/{SCRIPT}"


def command_lines(root: str) -> tuple[str, str]:
    """Return the command line as the unit of systemd has it, and as words with spaces in between."""
    shell, path = command(root)
    return f"{shell} {_systemd_word(path)}", f"{shell} {path}"


def systemd_path(home: str, root: str) -> str:
    """Return where the unit of the user's systemd is."""
    return f"{home}/{_UNITS}/{name(root)}.service"


def launchd_path(home: str, root: str) -> str:
    """Return where the agent of launchd is."""
    return f"{home}/Library/LaunchAgents/{name(root)}.plist"


def systemd(root: str) -> str:
    """Return the text of the unit of a user's systemd."""
    text = f"""[Unit]
Description=Start the LiteLLM proxy of {root.replace("%", "%%")} once after a boot

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
TimeoutStartSec=infinity
ExecStart={command_lines(root)[0]}

[Install]
WantedBy=default.target
"""
    return _signed(text, "", "# ", "")


def launchd(root: str) -> str:
    """Return the text of the agent of launchd."""
    job = {
        "Label": name(root),
        "ProgramArguments": list(command(root)),
        "RunAtLoad": True,
        "AbandonProcessGroup": True,
        "LimitLoadToSessionType": ["Aqua", "Background"],  # a login at the screen, or by SSH
    }
    text = plistlib.dumps(job).decode()
    head, end, rest = text.partition("<plist")
    return _signed(end + rest, head, "<!-- ", " -->")


def is_ours(text: str) -> bool:
    """Whether ccdeploy wrote a unit and nobody has changed it since."""
    found = _MARK.search(text)
    return found is not None and found[1] == _digest(text[: found.start()] + text[found.end() :])


def _signed(text: str, head: str, before: str, after: str) -> str:
    mark = f"{before}Written by ccdeploy to start a proxy after a boot, sha256 {_digest(head + text)}{after}\n"
    return head + mark + text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _systemd_word(word: str) -> str:
    """Return a word of a command line of systemd's, which expands % and $ also within quotes."""
    for special, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, escaped)
    return f'"{word}"'


def ask(root: str) -> FactsQuestion:
    """Ask for the unit of an absolute root, and for what would run it: systemd, launchd or neither."""
    mark = new_mark()
    unit = name(root)
    body = f"""
{function(mark)}
section manager
if [ "$(uname -s)" = Darwin ]; then command -v launchctl >/dev/null 2>&1 && echo launchd
elif command -v systemctl >/dev/null 2>&1; then
  case $(systemctl is-system-running 2>/dev/null) in ''|offline|unknown) ;; *) echo systemd ;; esac
fi
section home; printf '%s' "$HOME"
section user; id -un
for file in "$HOME"/{_UNITS}/{unit}.service "$HOME"/Library/LaunchAgents/{unit}.plist; do
  case $file in *.service) section systemd_kind ;; *) section launchd_kind ;; esac
  if [ -L "$file" ] || {{ [ -e "$file" ] && [ ! -f "$file" ]; }}; then echo other
  elif [ -f "$file" ]; then echo file; fi
  case $file in *.service) section systemd ;; *) section launchd ;; esac
  [ -f "$file" ] && cat "$file" 2>/dev/null
done
section wanted; [ -L "$HOME"/{_WANTS}/{unit}.service ] && readlink "$HOME"/{_WANTS}/{unit}.service
section lingers; {LINGERS}
[ -z "$lingers" ] || echo yes
section script; [ -f {quote(f"{root}/{SCRIPT}")} ] && digest {quote(f"{root}/{SCRIPT}")}
section end
"""
    return FactsQuestion(Command("ask for the start at boot", script(body)), mark)


def put(hold: Hold, path: str, text: str, seen: str | None, boot_script: str) -> Command:
    """Put a unit and run/at-boot.sh in place; CHANGED when another hand has written the unit since it was `seen`.

    The unit of systemd is switched on by the link that `systemctl --user enable` would make, which needs no
    manager that runs; lingering, which lets it start without a login, is asked for, and may be refused.
    """
    folder, file = posixpath.dirname(path), posixpath.basename(path)
    body = f"""
{guard(hold)}
mkdir -p {quote(folder)} || exit {NOT_WRITTEN}
{unchanged_line(path, seen)}
{put_lines(boot_script)} || exit {NOT_WRITTEN}
printf '%s' {quote(text)} | write {quote(path)} 644 || exit {NOT_WRITTEN}
{_switch_on(folder, path) if file.endswith(".service") else ":"}
"""
    ok = frozenset({0, LOCK_LOST, CHANGED})
    return Command("set up the start at boot", script(body), writes=True, ok=ok, finishes=True)


def _switch_on(folder: str, path: str) -> str:
    wants = quote(f"{folder}/default.target.wants")
    return f"""
mkdir -p {wants} && relink {quote(path)} {wants} {quote(posixpath.basename(path))} || exit {NOT_WRITTEN}
if command -v systemctl >/dev/null 2>&1; then
  XDG_RUNTIME_DIR=${{XDG_RUNTIME_DIR:-/run/user/$(id -u)}}; export XDG_RUNTIME_DIR
  systemctl --user daemon-reload >/dev/null 2>&1
fi
if command -v loginctl >/dev/null 2>&1; then loginctl --no-ask-password enable-linger >/dev/null 2>&1; fi
:
"""
