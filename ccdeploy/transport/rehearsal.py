"""A dry run: every question is asked for real, everything that would write is only reported."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from ccdeploy.events import Noted, Observer
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.seam import Transport

if TYPE_CHECKING:
    import httpx

    from ccdeploy.transport.reach import Reach


class RehearsalTransport:
    """Wraps a transport; `planned` collects what was not done, in order."""

    rehearses = True

    def __init__(self, inner: Transport, observer: Observer | None = None) -> None:
        self.planned: list[str] = []
        self._inner = inner
        self._observer = observer or (lambda event: None)

    @property
    def name(self) -> str:
        """The host's name."""
        return self._inner.name

    def run(self, command: Command) -> Result:
        """Run a command that only asks; report one that writes, and answer it with status 0 and no output."""
        if not command.writes:
            return self._inner.run(command)
        self._plan(command.name)
        return Result(0, b"", b"")

    def put(self, data: bytes, path: str, mode: int) -> None:
        """Report the file: its path, size and mode."""
        self._plan(f"write {path} ({len(data)} bytes, mode {mode:04o})")

    def http(self, port: int, address: str = "127.0.0.1") -> httpx.Client:
        """Return the wrapped transport's client."""
        return self._inner.http(port, address)

    def forward(self, port: int, address: str = "127.0.0.1") -> AbstractContextManager[int]:
        """Return the wrapped transport's way: it changes nothing on the host."""
        return self._inner.forward(port, address)

    def public(self, url: str, *, ca_file: str | None = None, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """Return the wrapped transport's client."""
        return self._inner.public(url, ca_file=ca_file, headers=headers)

    def reach(self, url: str, *, ca_file: str | None = None) -> Reach:
        """Return the wrapped transport's answer: it only looks."""
        return self._inner.reach(url, ca_file=ca_file)

    def fresh(self) -> AbstractContextManager[Transport]:
        """Return a block with this rehearsal: nothing of it is to be confirmed."""
        return nullcontext(self)

    def close(self) -> None:
        """Close the wrapped transport."""
        self._inner.close()

    def _plan(self, what: str) -> None:
        self.planned.append(what)
        self._observer(Noted(f"{self.name}: would {what}"))
