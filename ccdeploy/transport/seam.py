"""The seam: all that the floors above may do to a host."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx

    from ccdeploy.shell.command import Command, Result
    from ccdeploy.transport.reach import Reach

    HttpClient = httpx.Client  # by this name the floors above speak of it


class Transport(Protocol):
    """A way to one host: over SSH, local, or a rehearsal that only asks."""

    @property
    def name(self) -> str:
        """The host's name in the settings, for messages."""
        ...

    @property
    def rehearses(self) -> bool:
        """Whether writes are only reported (a dry run)."""
        ...

    def run(self, command: Command) -> Result:
        """Run a script on the host and return its answer.

        Raises CommandFailed (a status outside `command.ok`), CommandTimedOut, ConnectionLost, or
        another ConnectFailed. A rehearsal reports a command that writes, and answers it with
        status 0 and no output.
        """
        ...

    def put(self, data: bytes, path: str, mode: int) -> None:
        """Write a file at an absolute path in one rename: parents made, mode set at open, checksum read back."""
        ...

    def http(self, port: int, address: str = "127.0.0.1") -> HttpClient:
        """Return a client whose requests go to `address:port` as the host sees it.

        A closed port is httpx.ConnectError; forbidden forwarding raises ForwardingForbidden.
        """
        ...

    def forward(self, port: int, address: str = "127.0.0.1") -> AbstractContextManager[int]:
        """Return a block in which a port of this machine, its value, leads to `address:port` as the host sees it."""
        ...

    def public(self, url: str, *, ca_file: str | None = None, headers: Mapping[str, str] | None = None) -> HttpClient:
        """Return a client for the way that users take, from here; no proxy of the environment, no redirects."""
        ...

    def reach(self, url: str, *, ca_file: str | None = None) -> Reach:
        """Return how the address of the users is reached from here: by name, and with which certificate."""
        ...

    def fresh(self) -> AbstractContextManager[Transport]:
        """Return a block with the same way to the host over a connection of its own, made anew.

        It is the same connection where a new one would cost a person a touch of a key.
        Raises ConnectFailed when it cannot be made.
        """
        ...

    def close(self) -> None:
        """End the connection; safe to repeat."""
        ...
