"""Looking for a Python on a host: by name, also where the PATH of a non-interactive shell does not lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccdeploy.shell.command import Command
from ccdeploy.shell.prelude import script

NAMES = ("python3.13", "python3.12", "python3.11", "python3.10", "python3")
# Homebrew on both kinds of Mac, by hand, MacPorts, pip's and uv's own, python.org's installer.
_FRAMEWORK = "/Library/Frameworks/Python.framework/Versions/*/bin"
PLACES = f"/opt/homebrew/bin:/usr/local/bin:/opt/local/bin:$HOME/.local/bin:{_FRAMEWORK}"
# On a Mac without developer tools this opens a window and waits for somebody to click.
STUB = "/usr/bin/python3"
# With `print(…)` of one argument any Python can tell that it is too old.
_TELLS = """
import sys
word = "old"
if sys.version_info >= (3, 10):
    try:
        import ensurepip, venv
        word = "fit"
    except ImportError:
        word = "bare"
print("%s %d.%d.%d" % ((word,) + tuple(sys.version_info[:3])))
"""


@dataclass(frozen=True)
class Python:
    """A Python on a host. `state` is fit, old, bare (without venv or ensurepip), stub (Apple's) or broken."""

    state: str
    version: str | None
    path: str


def find_python(names: Sequence[str] = NAMES, places: str = PLACES, stub: str = STUB) -> Command:
    """Ask for the first Python that can make a venv for LiteLLM; `pythons` reads the answer."""
    body = f"""
judge_python() {{ # FILE: its state, its version, its path
  python=$1
  if [ "$python" = {stub} ] && [ "$(uname -s)" = Darwin ] &&
    ! {{ command -v xcode-select >/dev/null && xcode-select -p >/dev/null 2>&1; }}; then
    told='stub -'
  else
    told=$("$python" -c '{_TELLS}' 2>/dev/null) || told='broken -'
  fi
  printf '%s %s\n' "${{told:-broken -}}" "$python"
}}
seen=:
places="$PATH:{places}"  # only what comes out of a variable is taken apart at IFS
for name in {" ".join(names)}; do
  IFS=:
  for folder in $places; do
    case $folder in /*) ;; *) continue ;; esac
    file=$folder/$name
    case $seen in *":$file:"*) continue ;; esac
    seen=$seen$file:
    [ -f "$file" ] && [ -x "$file" ] || continue
    answer=$(judge_python "$file")
    printf '%s\n' "$answer"
    case $answer in fit*) exit 0 ;; esac
  done
done
"""
    return Command("look for a Python", script(body))


def pythons(answer: str) -> tuple[Python, ...]:
    """Return what was found, in the order of the looking; one that is fit comes last, and is the only one."""
    found = []
    for line in answer.splitlines():
        state, version, path = line.split(" ", 2)
        found.append(Python(state, None if version == "-" else version, path))
    return tuple(found)
