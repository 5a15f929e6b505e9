"""A way to a host that is cut off at its n-th call, for every n.

A call is a command, a file that is written, or a request over HTTP to a port of the host. Those of
the heartbeat and of the probe that measures a gap come whenever they come, so they have no number; of
a request that is repeated until something is so, with no command between, the first one counts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import httpx
import pytest

from ccdeploy.errors import ConnectionLost
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.tunnel import TunnelTransport

T = TypeVar("T")
# gone: the client is killed right before the call, or right after it; lost: it lives, and the answer does not come.
How = Literal["gone before", "gone after", "lost"]
Rewrite = Callable[["Call", Command], Command]  # gives a command another script on its way
LOCK_ID = re.compile("[0-9a-f]{32}")  # another one each time
BACKGROUND = ("heartbeat", "downtime probe")  # names of threads


class Gone(BaseException):
    """The client was killed: nothing of what it would still have done reaches the host."""


@dataclass(frozen=True)
class Call:
    """One call: what it is, and how many of this name it is."""

    name: str
    nth: int
    writes: bool

    def __str__(self) -> str:
        return self.name if self.nth == 1 else f"{self.name} ({self.nth})"


@dataclass(frozen=True)
class Cut:
    """Where a way to a host is cut off: at which of how many calls, and how."""

    number: int
    total: int
    call: Call
    how: How

    def __str__(self) -> str:
        return f"{self.how} call {self.number} of {self.total}, {self.call}"


def cuts(calls: Sequence[Call], *hows: How) -> list[Cut]:
    """Return every place at which an operation of these calls can be cut off in these ways.

    Killed after a call is killed before the next one: the host cannot tell. Nor can it tell before which of
    several questions in a row it was, for they change nothing: one of these places stands for all.
    """
    found = [
        Cut(n, len(calls), call, "gone before") for n, call in enumerate(calls, 1) if n == 1 or calls[n - 2].writes
    ]
    found.append(Cut(len(calls), len(calls), calls[-1], "gone after"))
    found += [Cut(n, len(calls), call, "lost") for n, call in enumerate(calls, 1)]
    return [cut for cut in found if cut.how in hows]


class Cutter:
    """A block in which every way to a host counts its calls, and is cut off at one of them, if at any.

    `rewrite` may give a command another script on its way.
    """

    def __init__(self, cut: Cut | None = None, rewrite: Rewrite | None = None) -> None:
        self.calls: list[Call] = []
        self.commands: dict[Call, Command] = {}
        self.is_reached = False
        self._cut = cut
        self._rewrite = rewrite
        self._is_gone = False
        self._way: SshTransport | None = None
        self._asked: set[str] = set()  # since the last command
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Cutter:
        run, put, ask = SshTransport.run, SshTransport.put, TunnelTransport.handle_request

        def cut_run(way: SshTransport, command: Command) -> Result:
            self._way = way
            return self._made(f"run {command.name}", lambda sent: run(way, sent), command)

        def cut_put(way: SshTransport, data: bytes, path: str, mode: int) -> None:
            self._way = way
            name = LOCK_ID.sub("ID", path.rsplit("/", 1)[-1])
            self._made(f"put {name}", lambda _: put(way, data, path, mode))

        def cut_ask(way: TunnelTransport, request: httpx.Request) -> httpx.Response:
            asked = f"{request.method} {request.url.path}"
            return self._made(asked, lambda _: ask(way, request), where=request.url.port)

        self._patch.setattr(SshTransport, "run", cut_run)
        self._patch.setattr(SshTransport, "put", cut_put)
        self._patch.setattr(TunnelTransport, "handle_request", cut_ask)
        return self

    def __exit__(self, *raised: object) -> None:
        self._patch.undo()

    def _made(
        self, name: str, make: Callable[[Command], T], command: Command | None = None, where: int | None = None
    ) -> T:
        """Make a call, unless the client is gone, or goes just now."""
        sent = command or Command("none", "")
        if threading.current_thread().name in BACKGROUND:
            if self._is_gone:
                raise ConnectionLost("the client is gone")
            return make(sent)
        if self._is_gone:
            raise Gone
        call = self._counted(name, command, where)
        how = self._how(call)
        if how == "gone before":
            self._die()
        if call and command and self._rewrite:
            sent = self._rewrite(call, command)
        try:
            answer = make(sent)
        finally:
            if how == "gone after":
                self._die()
        if how == "lost":
            if self._way:
                self._way.give_up()
            raise ConnectionLost(f"the connection was lost in '{name}'")
        return answer

    def _counted(self, name: str, command: Command | None, where: int | None) -> Call | None:
        """Return the call with its number; None for a question that was asked just before."""
        if where is not None:
            if f"{where} {name}" in self._asked:
                return None
            self._asked.add(f"{where} {name}")
        else:
            self._asked.clear()
        writes = where is None and (command is None or command.writes)
        call = Call(name, 1 + sum(one.name == name for one in self.calls), writes)
        self.calls.append(call)
        if command:
            self.commands[call] = command
        return call

    def _how(self, call: Call | None) -> How | None:
        if call is None or self._cut is None or self.is_reached or call != self._cut.call:
            return None
        self.is_reached = True
        return self._cut.how

    def _die(self) -> None:
        self._is_gone = True
        raise Gone
