"""A command for a host, as a value: a POSIX script, what it may end with, and how long it may take."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from ccdeploy.secret import Secret

MOST_BYTES = 16_000_000  # of an answer; the facts of a host with a config of 600 models have less than a tenth


@dataclass(frozen=True)
class Command:
    """One script for `/bin/sh -s` on a host.

    `name` is for messages ("stage release"). `script` may hold secrets, so it is never shown.
    A status outside `ok` raises CommandFailed. `writes` says that it changes the host: a rehearsal
    does not run it. `finishes` marks a script that must run to its end once it has begun: neither a
    time-out nor Ctrl-C ends it on the host. `secrets` are masked in what an error shows of its
    answer, of which no more than `most_bytes` is taken in: a host may have any file under any name.
    """

    name: str
    script: str = field(repr=False)
    writes: bool = False
    ok: frozenset[int] = frozenset({0})
    timeout_s: float = 30.0
    finishes: bool = False
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True)
class Result:
    """What a command answered: its exit status and both streams."""

    status: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The standard output; bytes that are no UTF-8 become U+FFFD."""
        return self.stdout.decode("utf-8", "replace")


def quote(value: str) -> str:
    """Return `value` as one word of a POSIX shell. Raises ValueError for a NUL, which no argument can hold."""
    if "\0" in value:
        raise ValueError("a shell word cannot hold a NUL character")
    return shlex.quote(value)
