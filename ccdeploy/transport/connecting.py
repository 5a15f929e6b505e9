"""How a connection comes up: a stream to the host, the proof of its key, our authentication.

paramiko's Transport is used as it is: Fabric's and paramiko's clients accept unknown hosts, or
look for their keys in fewer places than `ssh` does. Every error of paramiko and of sockets becomes
one of ours here.
"""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import paramiko

from ccdeploy.errors import ForwardingForbidden, HostUnreachable
from ccdeploy.transport import jump
from ccdeploy.transport.alive import Ear
from ccdeploy.transport.authentication import authenticate
from ccdeploy.transport.connection import CHANNEL_OPENS_WITHIN_S, Connection
from ccdeploy.transport.dial import ProxyProcess, dial
from ccdeploy.transport.hostkeys import HostKeys
from ccdeploy.transport.person import Person
from ccdeploy.transport.route import Route

# Without a handler, Python prints paramiko's tracebacks of refused connections to the terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

Below = list[Connection | ProxyProcess]  # what a connection goes through, and takes along when it ends


class Connector:
    """Connects to one host, over the hosts on the way.

    `config_file` stands in for the user's OpenSSH config.
    """

    def __init__(self, host: str, person: Person, config_file: Path | None = None) -> None:
        self._goal = host
        self._person = person
        self._config_file = config_file

    def connect(self, route: Route) -> Connection:
        """Connect, prove the host's key, and authenticate; the same for each jump, by its own name.

        Raises HostUnreachable, HostKeyUnknown, HostKeyChanged, AuthenticationFailed.
        """
        return self._connect(self._goal, route, 0)

    def _connect(self, host: str, route: Route, hops: int) -> Connection:
        transport: paramiko.Transport | None = None
        below: Below = []
        try:
            transport = paramiko.Transport(self._stream(host, route, below, hops), packetizer_class=Ear)
            self._handshake(host, route, transport, below)
            needed_a_touch = authenticate(host, route, transport, self._person)
        except BaseException:
            if transport:
                transport.close()
                transport.sock.close()  # close() leaves it open when the handshake had not begun
            for each in below:
                each.close()
            raise
        return Connection(host, transport, below, needed_a_touch=needed_a_touch)

    def _stream(self, host: str, route: Route, below: Below, hops: int) -> socket.socket | paramiko.Channel:
        if route.proxy_jump:
            return self._through_a_jump(route, below, hops + 1)
        if route.proxy_command:
            proxy = ProxyProcess(route.proxy_command)
            below.append(proxy)
            return proxy.socket
        return dial(host, route)

    def _through_a_jump(self, route: Route, below: Below, hops: int) -> paramiko.Channel:
        """Connect to the last of the jumps, over those before it, and go on from there."""
        if hops > jump.MOST_HOPS:
            raise jump.goes_nowhere(self._goal)
        way = jump.route_to_jump(route, self._config_file)
        connection = self._connect(f"{way.address} (on the way to {self._goal})", way, hops)
        below.append(connection)
        try:
            return connection.tunnel(route.hostname, route.port, route.timeout_s)
        except ForwardingForbidden as exc:
            raise jump.forbids(self._goal, way, route) from exc
        except OSError as exc:
            raise jump.cannot_reach(self._goal, way, route, exc) from exc

    def _handshake(self, host: str, route: Route, transport: paramiko.Transport, below: Below) -> None:
        keys = HostKeys(host, route)
        options = transport.get_security_options()
        options.key_types = keys.preferred(tuple(options.key_types))
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = route.timeout_s
        transport.channel_timeout = CHANNEL_OPENS_WITHIN_S
        try:
            transport.start_client(timeout=2 * route.timeout_s)  # the banner, and the exchange of keys
            key = transport.get_remote_server_key()
        except (paramiko.SSHException, EOFError, OSError) as exc:
            proxies = [each for each in below if isinstance(each, ProxyProcess)]
            raise HostUnreachable(
                f"{host}: {route.hostname} port {route.port} did not complete an SSH handshake: {_reason(exc)}",
                hint=f"is it an SSH server, and not too busy? `{route.by_hand} -v` shows more",
                evidence=[line for proxy in proxies for line in proxy.last_words()],
            ) from exc
        keys.check(key.get_name(), key.asbytes(), self._person.tell)


def _reason(exc: BaseException) -> str:
    if isinstance(exc, EOFError):
        return "it closed the connection"
    text = str(exc) or type(exc).__name__
    if "No existing session" in text or "timeout" in text.lower():
        return "it did not answer in time"
    return text[:1].lower() + text[1:]
