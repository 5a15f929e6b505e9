"""Making a virtual environment with LiteLLM on a host, at its final path; watching it being made; removing some.

A venv cannot be moved, so one that is being made carries a file that says so, from its first moment
until it is whole. Whatever cuts the script off, what it leaves is recognised, and made anew by the
next one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold, guard, still_ours
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.process import Question
from ccdeploy.shell.sections import function, new_mark

VENVS = "venvs"
LOG = "logs/install.log"
UNFINISHED = ".unfinished"  # in a venv that is being made
ASKING = f"{VENVS}/.asking"  # the venv whose pip is asked which version is the newest
_GONE = f"{VENVS}/.gone"  # what is being removed
_RUNNING = "run/install.pid"
_LOG_LINES = 40  # what pip says last, and what led to it
_REMOVED_WITHIN_S = 300  # tens of thousands of files, on a disk that is busy
_PIP = "-m pip --disable-pip-version-check --no-input --no-color"
# A pip.conf that says `user = true` would be refused in a venv; a PYTHONPATH would hide what is missing in it.
_ENVIRONMENT = "PIP_USER=0 PYTHONPATH= PYTHONHOME="


@dataclass(frozen=True)
class Plan:
    """A venv to make: with which Python, where below root, with what in it, and the link that is to lead to it."""

    python: str
    folder: str
    requirement: str
    version: str
    link: str | None
    timeout_s: float


def install(hold: Hold, plan: Plan) -> Question:
    """Make a venv and install LiteLLM into it. The answer's `state` is whole, or what failed: venv, pip, or other.

    `other` is a pip that is content and has not installed this version. What failed leaves no venv.
    """
    mark = new_mark()
    folder = quote(plan.folder)
    link = _link_line(plan.link, plan.folder) if plan.link else ""
    body = f"""
{_beginning(hold, mark, folder)}
tell "make a venv in {plan.folder} with {plan.python}"
{_ENVIRONMENT} {quote(plan.python)} -m venv {folder} >>{LOG} 2>&1 || fail venv
python=./{folder}/bin/python
tell {quote(f"pip install {plan.requirement}")}
{_ENVIRONMENT} "$python" {_PIP} install --progress-bar off {quote(plan.requirement)} >>{LOG} 2>&1 || fail pip
whole=; for info in {folder}/lib/python3*/site-packages/litellm-{plan.version}.dist-info; do
  [ -d "$info" ] && [ -x {folder}/bin/litellm ] && whole=yes; done
[ -n "$whole" ] || fail other
{still_ours(hold)}
rm -f {folder}/{UNFINISHED} || exit {NOT_WRITTEN}
{link}
section state; echo whole
section end
"""
    return Question(_command("install litellm", body, plan.timeout_s), mark)


def newest(hold: Hold, python: str, requirement: str, timeout_s: float) -> Question:
    """Ask the host's own pip for the newest version that it can install. The answer's `file` is among what it found.

    pip downloads it with all that it needs, and so has it in its cache when it is installed: every pip
    that LiteLLM's Pythons bring can do that, respects what was withdrawn, reads the host's own
    settings, and goes back to an older version when a part of the newest cannot be had.
    """
    mark = new_mark()
    body = f"""
{_beginning(hold, mark, ASKING)}
tell "make a venv in {ASKING} with {python}"
{_ENVIRONMENT} {quote(python)} -m venv {ASKING} >>{LOG} 2>&1 || fail venv
python=./{ASKING}/bin/python
tell {quote(f"pip download {requirement}")}
{_ENVIRONMENT} "$python" {_PIP} download --progress-bar off --dest {ASKING}/found {quote(requirement)} \\
  >>{LOG} 2>&1 || fail pip
section file; ls {ASKING}/found
section state; echo whole
section end
rm -rf {ASKING}
"""
    return Question(_command("ask for the newest litellm", body, timeout_s), mark)


def clean_up(hold: Hold) -> Command:
    """End an installation that nobody waits for any more, and remove what it and others left unfinished."""
    body = f"""
{guard(hold)}
{_END_FAMILY}
if [ -s {_RUNNING} ]; then
  {{ read -r pid; read -r began; }} <{_RUNNING}
  [ -z "$began" ] || ! is_alive "$pid" "$began" || end_family "$pid"
fi
rm -f {_RUNNING}
for folder in {VENVS}/*/; do
  [ ! -e "$folder{UNFINISHED}" ] || rm -rf "$folder"
done
rm -rf {ASKING} {_GONE}-*
rmdir {VENVS} 2>/dev/null || :
"""
    return _guarded("remove unfinished venvs", body)


def set_aside(folders: Sequence[str]) -> str:
    """Return the lines that take venvs out of use, each with one rename; `clean_up` then removes them."""
    return "".join(
        f"[ ! -d {quote(folder)} ] || mv {quote(folder)} {quote(f'{_GONE}-{posixpath.basename(folder)}')} || :\n"
        for folder in folders
    )


def sweep(root: str) -> Command:
    """Remove the venvs that were set aside; nobody refers to them any more, so no lock is needed."""
    body = f"cd {quote(root)} || exit {NO_ROOT}\nrm -rf {_GONE}-*\n"
    return Command("remove old venvs", script(body), writes=True, timeout_s=_REMOVED_WITHIN_S)


def watch(root: str, folder: str, skip_bytes: int) -> Question:
    """Ask how far an installation is: its log from a place on, and how many packages are there."""
    mark = new_mark()
    body = f"""
cd {quote(root)} || exit {NO_ROOT}
{function(mark)}
section log; tail -c +{skip_bytes + 1} {LOG} 2>/dev/null
section there; ls -d {quote(folder)}/lib/python3*/site-packages/*.dist-info 2>/dev/null | wc -l
section end
"""
    return Question(Command("watch the installation", script(body)), mark)


_COLLECTING = re.compile(r"^\s*Collecting ([A-Za-z0-9._-]+)", re.MULTILINE)
_INSTALLING = re.compile(r"^Installing collected packages: (.+)$", re.MULTILINE)


def progress(log: str, there: int) -> str:
    """Return how far an installation is, by what pip has said so far: only shown, never decided by."""
    if installing := _INSTALLING.search(log):
        count = len(installing[1].split(","))
        return f"installing, {min(there, count)} of {count} packages"  # the venv has a pip of its own beside them
    if collected := _COLLECTING.findall(log):
        return f"{len(collected)} packages found, {collected[-1]}"
    return "the venv is made" if "pip " in log else "the venv is being made"


def _beginning(hold: Hold, mark: str, folder: str) -> str:
    """Return the lines that begin an installation: whose it is, its log, its unfinished folder, and how it fails."""
    return f"""
{guard(hold)}
{function(mark)}
tell() {{ printf 'ccdeploy: %s\\n' "$1" >>{LOG}; }}
fail() {{
  section state; echo "$1"
  section log; tail -n {_LOG_LINES} {LOG}
  section end
  rm -rf {folder}; rmdir {VENVS} 2>/dev/null
  exit 0
}}
mkdir -p run logs {VENVS} && printf '%s\\n%s\\n' "$$" "$(started "$$")" | write {_RUNNING} 644 || exit {NOT_WRITTEN}
trap 'rm -f {_RUNNING}' EXIT
(umask 077; : >{LOG}) && rm -rf {folder} && mkdir {folder} && : >{folder}/{UNFINISHED} || exit {NOT_WRITTEN}
"""


# Everything is stopped before anything is ended: a shell whose child ends first would go on with its next line.
_END_FAMILY = """
end_family() { # PID
  family=$1; born=$1
  while [ -n "$born" ]; do
    kill -STOP $born 2>/dev/null
    born=$(ps -A -o pid= -o ppid= | awk -v family="$family" '
      BEGIN { n = split(family, pids, " "); for (i = 1; i <= n; i++) known[pids[i]] = 1 }
      ($2 in known) && !($1 in known) { print $1 }' | tr '\\n' ' ')
    family="$family $born"
  done
  kill -KILL $family 2>/dev/null
  for one in $family; do
    tries=0; while is_alive "$one" && [ $tries -lt 100 ]; do pause; tries=$((tries + 1)); done
  done
}
"""


def _link_line(link: str, folder: str) -> str:
    parent, name = posixpath.split(link)
    target = posixpath.relpath(folder, parent or ".")
    return f"relink {quote(target)} {quote(parent or '.')} {quote(name)} || exit {NOT_WRITTEN}"


def _command(name: str, body: str, timeout_s: float) -> Command:
    return Command(name, script(body), writes=True, ok=frozenset({0, LOCK_LOST}), timeout_s=timeout_s)


def _guarded(name: str, body: str) -> Command:
    return Command(
        name, script(body), writes=True, ok=frozenset({0, LOCK_LOST}), timeout_s=_REMOVED_WITHIN_S, finishes=True
    )
