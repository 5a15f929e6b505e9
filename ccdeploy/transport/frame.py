"""How a script travels to `/bin/sh -s`, and how its answer is told from noise. Pure.

The script is one compound command, so a shell parses it whole before it runs anything: a script
that was cut off on its way runs nothing. Its standard input is /dev/null, so no program in it eats
the rest of the script. Before the script, the shell prints a random token and its pid; whatever
came earlier (a banner, an `echo` in ~/.zshenv) is not part of the answer.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from ccdeploy.shell.command import Command

SHELL = "/bin/sh"
# A script that must run to its end outlives its reader: nobody reading its output, or a closed terminal, is no reason.
_OUTLIVES_ITS_READER = "trap '' HUP PIPE"


@dataclass(frozen=True)
class Frame:
    """A script on its way: what to execute, and what to write to its standard input.

    The token is an argument of the shell too: it makes the shell's command line unlike any other,
    so that a pid that was given to another process meanwhile is never mistaken for it.
    """

    token: str
    stdin: bytes = field(repr=False)

    @property
    def argv(self) -> tuple[str, ...]:
        """The command as words; none of them needs quoting in any shell."""
        return (SHELL, "-s", self.token)


@dataclass(frozen=True)
class Answer:
    """What a script printed after the token: `pid` is None while, or if, it never began."""

    pid: int | None
    stdout: bytes = field(repr=False)


def frame(command: Command, token: str | None = None) -> Frame:
    """Return `command` wrapped for `/bin/sh -s`."""
    token = token or secrets.token_hex(16)
    lines = [
        "{",
        f"printf '%s %s\\n' {token} \"$$\"",
        "LC_ALL=C; export LC_ALL; set --",
        *([_OUTLIVES_ITS_READER] if command.finishes else []),
        command.script,
        "} </dev/null",
        "",
    ]
    return Frame(token, "\n".join(lines).encode("utf-8", "surrogateescape"))


def read_answer(token: str, stdout: bytes | bytearray) -> Answer:
    """Return the pid that the shell printed, and what came after that line."""
    match = re.search(re.escape(token).encode() + rb" (\d+)\n", stdout)
    if match is None:
        return Answer(None, b"")
    return Answer(int(match[1]), bytes(stdout[match.end() :]))


def ending(token: str, pid: int | None) -> Command:
    """Return the command that ends the script of `token`, and all that it started.

    Everything is stopped before anything is ended: a shell whose child ends first would go on with
    its next line. What a script detached (forked twice) is no descendant, and lives on.
    """
    script = _ENDING.replace("@TOKEN@", token).replace("@PID@", str(pid or ""))
    return Command(name="end a script", script=script, writes=True, ok=frozenset({0}))


# `ps` prints no header with `name=`; the shell's own line reads "PID /bin/sh -s TOKEN".
_ENDING = r"""
root=$(ps -A -o pid= -o args= | awk -v token='@TOKEN@' -v pid='@PID@' \
  '$3 == "-s" && $4 == token && (pid == "" || $1 == pid) { print $1; exit }')
[ -n "$root" ] || exit 0
family=$root
born=$root
while [ -n "$born" ]; do
  kill -STOP $born 2>/dev/null
  born=$(ps -A -o pid= -o ppid= | awk -v family="$family" '
    BEGIN { n = split(family, pids, " "); for (i = 1; i <= n; i++) known[pids[i]] = 1 }
    ($2 in known) && !($1 in known) { print $1 }')
  family=$(echo $family $born)
done
kill -TERM $family 2>/dev/null
kill -CONT $family 2>/dev/null
for turn in 1 2 3 4 5; do
  alive=
  for pid in $family; do
    case $(ps -o stat= -p "$pid") in '' | Z*) ;; *) alive="$alive $pid" ;; esac
  done
  [ -n "$alive" ] || exit 0
  sleep 0.1 2>/dev/null || sleep 1
done
kill -KILL $alive 2>/dev/null
exit 0
"""
