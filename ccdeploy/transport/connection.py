"""One SSH connection that is up: opens its channels, and turns paramiko's errors into ours.

How it came up is told in connecting.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import paramiko

from ccdeploy.errors import ConnectionLost, ForwardingForbidden
from ccdeploy.transport.alive import Ear, Watch
from ccdeploy.transport.dial import ProxyProcess
from ccdeploy.transport.exchange import Process
from ccdeploy.transport.frame import Frame

CHANNEL_OPENS_WITHIN_S = 10.0
_FORBIDDEN, _UNKNOWN_KIND = 1, 3  # RFC 4254, 5.1; 2 is a port that nobody listens on


class Connection:
    """A connection that is up. Whoever made it closes it.

    `needed_a_touch` tells that somebody had to touch a security key for it.
    """

    def __init__(
        self,
        host: str,
        transport: paramiko.Transport,
        below: list[Connection | ProxyProcess],
        *,
        needed_a_touch: bool = False,
    ) -> None:
        jumps = [each for each in below if isinstance(each, Connection)]
        self.needed_a_touch: bool = needed_a_touch or any(jump.needed_a_touch for jump in jumps)
        self._host = host
        self._transport = transport
        self._below = below
        self._watch = Watch(transport)

    @property
    def is_active(self) -> bool:
        """Whether it is still up, as far as anyone noticed."""
        ear = self._transport.packetizer
        return self._transport.is_active() and not (isinstance(ear, Ear) and ear.has_ended)

    def start(self, framed: Frame) -> Process:
        """Start a shell for `framed` on a channel of its own."""
        channel = self.session()
        try:
            channel.exec_command(" ".join(framed.argv))
        except (paramiko.SSHException, EOFError, OSError) as exc:
            channel.close()
            raise self.lost(exc) from exc
        return ChannelProcess(channel)

    def session(self) -> paramiko.Channel:
        """Open a session channel. Raises ConnectionLost, and ends a connection on which nobody answers."""
        try:
            return self._transport.open_session(timeout=CHANNEL_OPENS_WITHIN_S)
        except paramiko.ChannelException as exc:
            raise self.lost(exc) from exc
        except (paramiko.SSHException, EOFError, OSError) as exc:
            self._transport.close()
            raise self.lost(exc) from exc

    def tunnel(self, address: str, port: int, timeout_s: float | None) -> paramiko.Channel:
        """Open a channel to `address:port` as the host sees it.

        A port that nobody listens on is ConnectionRefusedError. Raises ForwardingForbidden,
        ConnectionLost, or TimeoutError when the host did not answer in time.
        """
        limit = CHANNEL_OPENS_WITHIN_S if timeout_s is None else timeout_s
        try:
            return self._transport.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=limit)
        except paramiko.ChannelException as exc:
            if exc.code in (_FORBIDDEN, _UNKNOWN_KIND):
                raise ForwardingForbidden(
                    f"{self._host}: the SSH server forbids forwarding to {address}:{port}",
                    hint="allow it in the host's sshd_config: `AllowTcpForwarding local`, and no `PermitOpen` "
                    "that leaves this port out",
                ) from exc
            raise ConnectionRefusedError(f"{address}:{port} on {self._host}: {exc.text}") from exc
        except (EOFError, OSError) as exc:  # nothing can be sent: paramiko's own reader may not have noticed yet
            self._transport.close()
            raise self.lost(exc) from exc
        except paramiko.SSHException as exc:
            if self.is_active:
                raise TimeoutError(f"{address}:{port} on {self._host} did not answer within {limit:g} s") from exc
            raise self.lost(exc) from exc

    def lost(self, exc: BaseException | None = None) -> ConnectionLost:
        """Return the error that says what happened to the connection, or to one of its channels."""
        reason = f" ({exc})" if exc and str(exc) else ""
        if self._watch.verdict:
            reason = f" ({self._watch.verdict})"
        if self.is_active and not isinstance(exc, EOFError):
            return ConnectionLost(f"{self._host}: the SSH server did not open a channel{reason}")
        return ConnectionLost(
            f"{self._host}: the SSH connection was lost{reason}",
            hint="what the host did of the last command is unknown; `status` shows what serves",
        )

    def close(self) -> None:
        """End the connection, and those that it goes through."""
        self._watch.end()
        self._transport.close()
        for below in self._below:
            below.close()


class ChannelProcess:
    """A program on the other end of a session channel."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def write(self, data: bytes) -> None:
        """Write all of `data` to its standard input; OSError when it no longer reads."""
        with _as_oserror():
            self._channel.sendall(data)

    def end_input(self) -> None:
        """Close its standard input."""
        with _as_oserror():
            self._channel.shutdown_write()

    def read(self) -> bytes:
        """Read some of its standard output."""
        with _as_oserror():  # to read is to write, now and then, that there is room again
            return self._channel.recv(65536)

    def read_error(self) -> bytes:
        """Read some of its standard error."""
        with _as_oserror():
            return self._channel.recv_stderr(65536)

    def wait(self) -> int | None:
        """Wait for its exit status; None when the channel closed without one."""
        status = self._channel.recv_exit_status()
        return None if status < 0 else status

    def close(self) -> None:
        """Close the channel, which ends nothing on the host."""
        with suppress(paramiko.SSHException, EOFError, OSError):
            self._channel.close()


@contextmanager
def _as_oserror() -> Iterator[None]:
    """Raise what paramiko says of a connection that just dropped as what any stream says of it."""
    try:
        yield
    except (paramiko.SSHException, EOFError) as exc:
        raise BrokenPipeError("the SSH connection was lost") from exc
