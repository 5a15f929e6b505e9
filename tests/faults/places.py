"""The places within a script at which its shell can be killed: between any two of its lines.

Behind a line that changes nothing the host is as it was behind the line before: that is no place of its own.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace

from ccdeploy.shell.command import Command
from ccdeploy.shell.prelude import PRELUDE

KILL = "kill -KILL $$"
NO_COMMAND = ")"  # where a command may begin, this is an error; within a quoted word or a heredoc it is text
# Functions that every script has and that change the host; the others only look, and have no places of their own.
WRITERS = ("write()", "relink()")
# Comments, definitions, conditions, and what only looks or reckons.
CHANGES_NOTHING = re.compile(
    r"""\s*(#.*|\}|export .*|section .*|(deadline|looks|word|moment|took|who|this)=.*|(if|while|for|elif|else)\b.*|"""
    r"""\[ "\$.*|grep -qF .*|cd .*|is_alive .*|printf '(current|releases).*|cat run.*|set -- .*|echo "\$me"|"""
    r"""\w+\(\) ?\{.*)?"""
)


def places(command: Command) -> list[int]:
    """Return the numbers of the lines of a script behind which a command may begin."""
    lines = command.script.splitlines()
    own = range(len(PRELUDE.splitlines()) + 1, len(lines) + 1)
    changed = [n for n in [*_of_writers(lines), *own] if not CHANGES_NOTHING.fullmatch(lines[n - 1])]
    return [number for number in changed if is_place(lines, number)]


def cut_behind(command: Command, number: int) -> Command:
    """Return the command with a script whose shell is killed behind its line `number`."""
    lines = command.script.splitlines()
    assert number <= len(lines), f"'{command.name}' has become shorter than {number} lines"
    assert is_place(lines, number), f"'{command.name}' cannot be cut behind line {number}: {lines[number - 1]}"
    return replace(command, script=_with(lines, number, KILL))


def traced(command: Command, numbers: Iterable[int], into: str) -> Command:
    """Return the command with a script that writes down behind which of these lines it came by."""
    lines = command.script.splitlines()
    for number in sorted(numbers, reverse=True):
        more = " &&" if lines[number - 1].endswith("&&") else ""
        lines.insert(number, f"echo {number} >>{into}{more}")
    return replace(command, script="\n".join(lines) + "\n")


def is_place(lines: list[str], number: int) -> bool:
    """Whether a command may begin behind this line, is read as one there, and is run whatever came before."""
    if lines[number - 1].endswith("|"):  # a pipe, or what is run after a failure only
        return False
    return _is_whole(_with(lines, number, KILL)) and not _is_whole(_with(lines, number, NO_COMMAND))


def _of_writers(lines: list[str]) -> list[int]:
    """Return the lines of the functions that write, up to the last but one of each."""
    found = []
    for name in WRITERS:
        first = next(n for n, line in enumerate(lines) if line.startswith(name))
        last = next(n for n in range(first, len(lines)) if lines[n] == "}")
        found += list(range(first + 1, last))
    return found


def _with(lines: list[str], number: int, line: str) -> str:
    return "\n".join([*lines[:number], line, *lines[number:]]) + "\n"


def _is_whole(script: str) -> bool:
    framed = "{\n" + script + "}\n"
    return subprocess.run(["/bin/sh", "-n"], input=framed, text=True, capture_output=True, check=False).returncode == 0
