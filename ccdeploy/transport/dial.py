"""A byte stream to a host's SSH server: straight, through a ProxyCommand, or through another connection."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import tempfile
import threading
from typing import Any

from ccdeploy.errors import HostUnreachable
from ccdeploy.transport.route import Route

_Addresses = list[tuple[Any, ...]]  # as getaddrinfo returns them


def dial(host: str, route: Route) -> socket.socket:
    """Connect to the route's address and port. Raises HostUnreachable."""
    problem: OSError | None = None
    for family, kind, protocol, _name, address in _look_up(host, route):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(route.timeout_s)
            sock.connect(address)
            # Requests are small and wait for their answers: collecting them only adds delay.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return sock
        except OSError as exc:
            problem = exc
            sock.close()
        except BaseException:
            sock.close()
            raise
    raise _unreachable(host, route, problem) from problem


def _look_up(host: str, route: Route) -> _Addresses:
    """Ask for the addresses in the background: the resolver knows no time-out, and holds back Ctrl-C."""
    answers: queue.SimpleQueue[_Addresses | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(route.hostname, route.port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as exc:  # UnicodeError: a label that no name may have
            answers.put(exc if isinstance(exc, OSError) else OSError(str(exc)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=route.timeout_s)
    except queue.Empty:
        answer = OSError(f"no answer within {route.timeout_s:.0f} s")
    if isinstance(answer, OSError):
        raise HostUnreachable(
            f"{host}: the name {route.hostname} has no address ({answer.strerror or answer})",
            hint=f"look at {_named(route)}, `HostName` in ~/.ssh/config, and this machine's network",
        ) from answer
    return answer


def _unreachable(host: str, route: Route, problem: OSError | None) -> HostUnreachable:
    where = f"{route.hostname} port {route.port}"
    if isinstance(problem, TimeoutError):
        return HostUnreachable(
            f"{host}: {where} did not answer within {route.timeout_s:.0f} s",
            hint="is the host on, awake and on this network (VPN)? `ssh.connect_timeout` says how long to wait",
        )
    if isinstance(problem, ConnectionRefusedError):
        return HostUnreachable(
            f"{host}: {where} refuses connections; no SSH server listens there",
            hint=f"look at {_named(route, 'port')}; on a Mac, switch on System Settings > General > Sharing > "
            "Remote Login",
        )
    reason = (problem.strerror or str(problem)) if problem else "no address"
    return HostUnreachable(f"{host}: {where} cannot be reached: {reason}", hint="look at this machine's network")


def _named(route: Route, key: str = "address") -> str:
    """Return where the address or the port of a host is written: a jump stands elsewhere."""
    if route.is_jump:
        return f"`ssh.jump` in the settings, or `ProxyJump` and `Host {route.address}` in ~/.ssh/config"
    return f"`ssh.{key}` in the settings"


class ProxyProcess:
    """A ProxyCommand, its two streams joined to one real socket.

    paramiko's own ProxyCommand never notices the end of the program.
    """

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 closed by close()
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._errors,
                start_new_session=True,  # Ctrl-C is for us to handle; the way to the host stays open
            )

    def last_words(self) -> list[str]:
        """Return the last lines that the program wrote to its standard error."""
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0)
            return self._errors.read().decode("utf-8", "replace").splitlines()[-3:]
        return []

    def close(self) -> None:
        """End the program, with what it started."""
        self.socket.close()
        for signal_number in (15, 9):
            if self._process.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
        self._errors.close()
