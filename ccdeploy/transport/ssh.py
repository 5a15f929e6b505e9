"""The seam over SSH: one connection for commands, files and HTTP, opened at the first use.

It may be used from several threads: a heartbeat that puts files, a prober that asks over HTTP, and
a verb that runs commands share the connection. When the connection was lost, the next use opens a
new one; nothing is ever repeated by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from ccdeploy.errors import AuthenticationFailed, ConnectionLost
from ccdeploy.events import Noted, Observer
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.aside import Aside
from ccdeploy.transport.clients import loopback_client, public_client
from ccdeploy.transport.connecting import Connector
from ccdeploy.transport.connection import Connection
from ccdeploy.transport.exchange import Process
from ccdeploy.transport.forward import forwarded
from ccdeploy.transport.frame import Frame
from ccdeploy.transport.openssh import resolve
from ccdeploy.transport.passphrases import Passphrases
from ccdeploy.transport.person import Person
from ccdeploy.transport.reach import Reach, reach
from ccdeploy.transport.runner import run_script
from ccdeploy.transport.sftp import SftpFiles
from ccdeploy.transport.target import SshSettings
from ccdeploy.transport.tunnel import Stream, TunnelTransport

T = TypeVar("T")

_PUT_TAKES_AT_MOST_S = 60.0
_PUT_AFTER_CTRL_C_S = 1.5  # a rename that has begun should end, but Ctrl-C is answered within two seconds


class SshTransport:
    """A way to one host over SSH. `name` is the host's name in the settings."""

    rehearses = False

    def __init__(
        self,
        name: str,
        ssh: SshSettings,
        observer: Observer | None = None,
        *,
        passphrases: Passphrases | None = None,
        config_file: Path | None = None,
    ) -> None:
        """Hosts may share `passphrases`. `config_file` stands in for the user's OpenSSH config, as `ssh -F` does."""
        self.name = name
        self._ssh = ssh
        self._observer = observer or (lambda event: None)
        self._person = Person(self._say, passphrases or Passphrases(self._observer))
        self._config_file = config_file
        self._connection: Connection | None = None
        self._files: SftpFiles | None = None
        self._connection_lock = threading.Lock()
        self._files_lock = threading.Lock()
        self._is_closed = False

    def run(self, command: Command) -> Result:
        """Run a script on the host; the seam says what it raises, runner.py how it ends."""
        self._up()  # connecting has its own time-outs, and is not part of the command's
        return run_script(self.name, command, self)

    def put(self, data: bytes, path: str, mode: int) -> None:
        """Write a file on the host in one rename. Ctrl-C is raised once the file is written, or 1.5 s later."""
        if not path.startswith("/"):
            raise ValueError(f"'{path}' is no absolute path; resolve it on the host first")
        self._up()
        _finish(lambda: self._put(data, path, mode), self._timed_out)

    def http(self, port: int, address: str = "127.0.0.1") -> httpx.Client:
        """Return a client for `address:port` as the host sees it. A lost connection raises ConnectionLost."""
        return loopback_client(address, port, TunnelTransport(self._up, self._tunnel, self._lost))

    def forward(self, port: int, address: str = "127.0.0.1") -> AbstractContextManager[int]:
        """Return a block in which a port of this machine leads to the host's; its use connects anew if need be."""
        return forwarded(lambda: self._up().tunnel(address, port, None))

    def public(self, url: str, *, ca_file: str | None = None, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """Return a client for the way that users take, from this machine."""
        return public_client(url, ca_file, headers)

    def reach(self, url: str, *, ca_file: str | None = None) -> Reach:
        """Return how the address is reached from this machine."""
        return reach(url, ca_file)

    @contextmanager
    def fresh(self) -> Iterator[SshTransport]:
        """Return a block with a transport over a connection of its own.

        It is this one where a login costs a person a touch, or where the person did not answer an
        agent again: the server is there all the same.
        """
        anew = SshTransport(
            self.name, self._ssh, self._observer, passphrases=self._person.passphrases, config_file=self._config_file
        )
        try:
            yield anew if not self._up().needed_a_touch and anew._lets_us_in() else self
        finally:
            anew.close()

    def close(self) -> None:
        """End the connection; safe to repeat. Later uses raise ConnectionLost."""
        self._is_closed = True
        connection, self._connection, self._files = self._connection, None, None
        if connection:
            connection.close()

    def start(self, framed: Frame) -> Process:
        """Start a shell; for runner.py."""
        return self._up().start(framed)

    def give_up(self) -> None:
        """Drop a connection that no longer answers: the next use opens a new one. For runner.py."""
        if connection := self._connection:
            connection.close()

    def _up(self) -> Connection:
        """Return the connection; opens one where there is none, or where it was lost."""
        with self._connection_lock:
            if self._is_closed:
                raise ConnectionLost(f"{self.name}: the connection was closed")
            if self._connection is None or not self._connection.is_active:
                self._hang_up()
                route = resolve(self._ssh, self._config_file)
                connection = Connector(self.name, self._person, self._config_file).connect(route)
                if self._is_closed:  # meanwhile
                    connection.close()
                    raise ConnectionLost(f"{self.name}: the connection was closed")
                self._connection = connection
            return self._connection

    def _lets_us_in(self) -> bool:
        try:
            self._up()
        except AuthenticationFailed:
            return False
        return True

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = self._files = None

    def _tunnel(self, address: str, port: int, timeout_s: float | None) -> Stream:
        return self._up().tunnel(address, port, timeout_s)

    def _put(self, data: bytes, path: str, mode: int) -> None:
        connection = self._up()
        with self._files_lock:
            if self._files is None or not self._files.is_usable:
                self._files = SftpFiles(self.name, connection)
            self._files.put(data, path, mode)

    def _lost(self, exc: Exception | None = None) -> ConnectionLost | None:
        connection = self._connection
        if connection is None:
            return ConnectionLost(f"{self.name}: the connection was closed")
        if isinstance(exc, EOFError):  # nothing can be sent: whether or not paramiko's own reader has noticed yet
            return connection.lost(exc)
        return None if connection.is_active else connection.lost()

    def _timed_out(self) -> ConnectionLost:
        return ConnectionLost(f"{self.name}: a file was not written within {_PUT_TAKES_AT_MOST_S:.0f} s")

    def _say(self, text: str) -> None:
        self._observer(Noted(text))


def _finish(work: Callable[[], None], timed_out: Callable[[], Exception]) -> None:
    """Run `work` to its end, also after Ctrl-C: a half-read SFTP answer would spoil the session."""
    writing = Aside(work)
    try:
        writing.begin()
        has_ended = writing.wait(_PUT_TAKES_AT_MOST_S)
    except BaseException:
        writing.wait(_PUT_AFTER_CTRL_C_S)
        raise
    if not has_ended:
        raise timed_out()
    writing.result()
