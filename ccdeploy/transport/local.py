"""The seam on this machine: the same scripts, the same files, plain HTTP. For running on the host itself, and tests."""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import httpx

from ccdeploy.errors import CommandFailed
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.clients import loopback_client, public_client
from ccdeploy.transport.exchange import Process
from ccdeploy.transport.frame import Frame
from ccdeploy.transport.reach import Reach, reach
from ccdeploy.transport.runner import run_script

FOLDER_MODE = 0o700


class LocalTransport:
    """This machine as a host. `environment` replaces the environment of the scripts."""

    rehearses = False

    def __init__(self, name: str = "localhost", environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._environment = environment

    def run(self, command: Command) -> Result:
        """Run a script on this machine."""
        return run_script(self.name, command, self)

    def put(self, data: bytes, path: str, mode: int) -> None:
        """Write a file in one rename. Raises CommandFailed, with the old file untouched."""
        if not path.startswith("/"):
            raise ValueError(f"'{path}' is no absolute path; resolve it first")
        target = Path(path)
        aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        try:
            _make_folder(target.parent)
            try:
                _write(aside, data, mode)
                aside.replace(target)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
        except OSError as exc:
            reason, folder = exc.strerror or str(exc), shlex.quote(str(target.parent))
            raise CommandFailed(
                f"{self.name}: {path} was not written: {reason[:1].lower() + reason[1:]}",
                status=None,
                hint=f"look at the disk (`df -P {folder}`) and at the folder (`ls -ld {folder}`)",
            ) from exc

    def http(self, port: int, address: str = "127.0.0.1") -> httpx.Client:
        """Return a client for `address:port`."""
        return loopback_client(address, port)

    def forward(self, port: int, address: str = "127.0.0.1") -> AbstractContextManager[int]:
        """Return a block with the port itself: it is on this machine."""
        return nullcontext(port)

    def public(self, url: str, *, ca_file: str | None = None, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """Return a client for the way that users take."""
        return public_client(url, ca_file, headers)

    def reach(self, url: str, *, ca_file: str | None = None) -> Reach:
        """Return how the address is reached from this machine."""
        return reach(url, ca_file)

    def fresh(self) -> AbstractContextManager[LocalTransport]:
        """Return a block with this transport: there is no connection."""
        return nullcontext(self)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def start(self, framed: Frame) -> Process:
        """Start a shell; for runner.py."""
        return _LocalProcess(framed, self._environment)

    def give_up(self) -> None:
        """Do nothing: there is no other way to this machine."""


class _LocalProcess:
    """A shell in a session of its own, as sshd gives it: Ctrl-C in the terminal is not for it."""

    def __init__(self, framed: Frame, environment: Mapping[str, str] | None) -> None:
        self._process = subprocess.Popen(
            framed.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment,
            cwd=Path.home(),
            start_new_session=True,
        )
        assert self._process.stdin  # noqa: S101
        assert self._process.stdout  # noqa: S101
        assert self._process.stderr  # noqa: S101
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._stdin.write(view) :]

    def end_input(self) -> None:
        self._stdin.close()

    def read(self) -> bytes:
        return os.read(self._stdout.fileno(), 65536)

    def read_error(self) -> bytes:
        return os.read(self._stderr.fileno(), 65536)

    def wait(self) -> int | None:
        """Return the status as a shell would: 128 and the number of the signal that ended it."""
        status = self._process.wait()
        return status if status >= 0 else 128 - status

    def close(self) -> None:
        with suppress(OSError):
            self._stdin.close()


def _make_folder(path: Path) -> None:
    """Make a folder and those above it; `mkdir(parents=True)` gives its mode to the last one only."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
    with os.fdopen(descriptor, "w+b") as file:
        os.fchmod(descriptor, mode)  # the umask took bits away
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        file.seek(0)
        if hashlib.sha256(file.read()).digest() != hashlib.sha256(data).digest():
            raise OSError("what was read back is not what was written")
