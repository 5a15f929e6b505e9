"""Traefik's dynamic file on a host: asked for with the facts, and written under the lock in one rename."""

from __future__ import annotations

import posixpath

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.lock import Hold, guard
from ccdeploy.shell.path import file_word
from ccdeploy.shell.prelude import LOCK_LOST, NOT_WRITTEN, script

CHANGED = 80  # the file is not the one that was read
MODE = "644"  # Traefik may run as another user; it holds no secret


def ask_lines(path: str) -> str:
    """Return the lines that tell of the file and its folder, in sections; `$root` holds root.

    dynamic_folder is absent, there or writable; dynamic_kind is absent, link, folder, file, unreadable or other.
    """
    base = "" if path.startswith("/") else '"$root"/'
    return f"""
dynamic={base}{quote(path)}; folder={base}{quote(posixpath.dirname(path) or ".")}
section dynamic_folder
if [ ! -d "$folder" ]; then echo absent
elif [ -w "$folder" ] && [ -x "$folder" ]; then echo writable; else echo there; fi
section dynamic_kind
if [ -L "$dynamic" ]; then echo link; elif [ -d "$dynamic" ]; then echo folder
elif [ ! -e "$dynamic" ]; then echo absent; elif [ ! -f "$dynamic" ]; then echo other
elif [ -r "$dynamic" ]; then echo file; else echo unreadable; fi
section dynamic; [ -f "$dynamic" ] && [ ! -L "$dynamic" ] && cat "$dynamic" 2>/dev/null
"""


def unchanged_line(path: str, seen: str | None) -> str:
    """Return the line that ends a script with CHANGED unless it still is the file with the digest `seen`.

    For None it still must not be there. A link is another hand's: the rename would replace it, and in
    the folder that it leads to Traefik watches nothing.
    """
    word = file_word(path)
    is_seen = f"[ ! -e {word} ] && [ ! -L {word} ]"
    if seen is not None:
        is_seen = f'[ -f {word} ] && [ ! -L {word} ] && [ "$(digest {word} 2>/dev/null)" = {quote(seen)} ]'
    return f"{{ {is_seen}; }} || exit {CHANGED}\n"


def write_lines(path: str, text: str, seen: str | None) -> str:
    """Return the lines, with root as their folder, that give the file its new text in one rename.

    What another hand wrote meanwhile stays: see `unchanged_line`.
    """
    word = file_word(path)
    return f"""
{unchanged_line(path, seen)}
{sweep_line(word)}
printf '%s' {quote(text)} | write {word} {MODE} || {{ rm -f {word}.new.*; exit {NOT_WRITTEN}; }}
"""


def sweep_line(word: str) -> str:
    """Return the line that removes what a script that was cut off left beside the file; who holds the lock writes."""
    return f"rm -f {word}.new.*"


def write(hold: Hold, path: str, text: str, seen: str | None, first: str = "") -> Command:
    """Write the file under the lock; CHANGED when it is not the one that was seen. `first` are lines that go before."""
    body = guard(hold) + first + write_lines(path, text, seen)
    ok = frozenset({0, LOCK_LOST, CHANGED})
    return Command("write Traefik's dynamic file", script(body), writes=True, ok=ok, finishes=True)
