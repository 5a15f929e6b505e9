"""Messages that come late for a channel: dropped, as sshd does, where asyncssh would end the connection.

A client that reads in one thread and answers in another (paramiko, and so Fabric) may send a window
adjustment after the channel's close has crossed it. OpenSSH logs that and goes on. asyncssh (2.24)
has no setting for it, so this reaches into the table of channels of one connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncssh

_CLOSED = ("close_pending", "closed")  # the client has said close: nothing that follows can matter


class _Gone:
    """Takes the place of a channel that has been closed, and ignores what is sent to it."""

    def log_received_packet(self, *_: object) -> None:
        """Say nothing."""

    def process_packet(self, *_: object) -> bool:
        """Call the message dealt with."""
        return True


class _Channels(dict[int, Any]):
    """A table of channels that remembers which numbers it has had."""

    def __init__(self) -> None:
        super().__init__()
        self._used: set[int] = set()

    def __setitem__(self, number: int, channel: Any) -> None:
        self._used.add(number)
        super().__setitem__(number, channel)

    def __getitem__(self, number: int) -> Any:
        if number not in self and number in self._used:
            return _Gone()
        channel = super().__getitem__(number)
        return _Gone() if channel._recv_state in _CLOSED else channel


def tolerate_late_messages(connection: asyncssh.SSHServerConnection) -> None:
    """Make the connection, which has no channel yet, ignore messages for channels that have been closed."""
    connection._channels = _Channels()
