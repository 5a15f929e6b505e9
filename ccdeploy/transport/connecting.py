"""How a connection comes up: a stream to the host, the proof of its key, our authentication.

paramiko's Transport is used as it is: Fabric's and paramiko's clients accept unknown hosts, or
look for their keys in fewer places than `ssh` does. Every error of paramiko and of sockets becomes
one of ours here.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import paramiko

from ccdeploy.errors import HostUnreachable
from ccdeploy.transport.authentication import authenticate
from ccdeploy.transport.connection import CHANNEL_OPENS_WITHIN_S, Connection
from ccdeploy.transport.dial import ProxyProcess, dial
from ccdeploy.transport.hostkeys import HostKeys
from ccdeploy.transport.openssh import Route, resolve
from ccdeploy.transport.target import SshTarget

# Without a handler, Python prints paramiko's tracebacks of refused connections to the terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_KEEPALIVE_S = 30
_MOST_HOPS = 8

Say = Callable[[str], None]


class Connector:
    """Connects to one host; `say` tells what a person should know.

    `config_file` stands in for the user's OpenSSH config; `hops` counts the hosts on the way.
    """

    def __init__(self, host: str, say: Say, config_file: Path | None = None, hops: int = 0) -> None:
        self._host = host
        self._say = say
        self._config_file = config_file
        self._hops = hops
        self._below: list[Connection | ProxyProcess] = []

    def connect(self, route: Route) -> Connection:
        """Connect, prove the host's key, and authenticate.

        Raises HostUnreachable, HostKeyUnknown, HostKeyChanged, AuthenticationFailed.
        """
        transport: paramiko.Transport | None = None
        try:
            transport = paramiko.Transport(self._stream(route))
            self._handshake(route, transport)
            authenticate(self._host, route, transport)
        except BaseException:
            if transport:
                transport.close()
                transport.sock.close()  # close() leaves it open when the handshake had not begun
            for below in self._below:
                below.close()
            raise
        transport.set_keepalive(_KEEPALIVE_S)
        return Connection(self._host, transport, self._below)

    def _stream(self, route: Route) -> socket.socket | paramiko.Channel:
        if route.proxy_jump:
            return self._through_a_jump(route, route.proxy_jump)
        if route.proxy_command:
            proxy = ProxyProcess(route.proxy_command)
            self._below.append(proxy)
            return proxy.socket
        return dial(self._host, route)

    def _through_a_jump(self, route: Route, jumps: str) -> paramiko.Channel:
        """Connect to the last host of a ProxyJump, over those before it, and go on from there."""
        if self._hops == _MOST_HOPS:
            raise HostUnreachable(
                f"{self._host}: more than {_MOST_HOPS} hosts on the way; look for a ProxyJump that leads to itself"
            )
        before, _, last = jumps.rpartition(",")
        jump = resolve(_jump_target(last, route), self._config_file)
        if before:
            jump = replace(jump, proxy_jump=before, proxy_command=None)
        name = f"{last} (on the way to {self._host})"
        connection = Connector(name, self._say, self._config_file, self._hops + 1).connect(jump)
        self._below.append(connection)
        try:
            return connection.tunnel(route.hostname, route.port, route.timeout_s)
        except OSError as exc:
            raise HostUnreachable(
                f"{self._host}: {last} cannot reach {route.hostname} port {route.port} ({exc})",
                hint=f"look at `HostName` and `Port` for {route.address} in ~/.ssh/config, as {last} sees them",
            ) from exc

    def _handshake(self, route: Route, transport: paramiko.Transport) -> None:
        keys = HostKeys(self._host, route)
        options = transport.get_security_options()
        options.key_types = keys.preferred(tuple(options.key_types))
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = route.timeout_s
        transport.channel_timeout = CHANNEL_OPENS_WITHIN_S
        try:
            transport.start_client(timeout=2 * route.timeout_s)  # the banner, and the exchange of keys
            key = transport.get_remote_server_key()
        except (paramiko.SSHException, EOFError, OSError) as exc:
            proxies = [below for below in self._below if isinstance(below, ProxyProcess)]
            raise HostUnreachable(
                f"{self._host}: {route.hostname} port {route.port} did not complete an SSH handshake: {_reason(exc)}",
                hint=f"is it an SSH server, and not too busy? `ssh -v {route.address}` shows more",
                evidence=[line for proxy in proxies for line in proxy.last_words()],
            ) from exc
        keys.check(key.get_name(), key.asbytes(), self._say)


def _reason(exc: BaseException) -> str:
    if isinstance(exc, EOFError):
        return "it closed the connection"
    text = str(exc) or type(exc).__name__
    if "No existing session" in text or "timeout" in text.lower():
        return "it did not answer in time"
    return text[:1].lower() + text[1:]


def _jump_target(spec: str, route: Route) -> SshTarget:
    """Read `[user@]host[:port]` of a ProxyJump; policy and time-out are those of the host behind it."""
    user, _, place = spec.removeprefix("ssh://").rpartition("@")
    address, colon, port = ("", "", "") if place.endswith("]") else place.rpartition(":")
    return SshTarget(
        address=(address if colon else place).strip("[]"),
        port=int(port) if colon and port.isdigit() else None,
        user=user or None,
        host_key_policy="accept-new" if route.accepts_new_keys else "strict",
        connect_timeout_s=route.timeout_s,
    )
