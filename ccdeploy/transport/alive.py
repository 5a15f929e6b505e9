"""Whether the other end of a connection is still there: a network gone silent sends no end of it.

Packets that are swallowed look like a host that takes its time. So whoever has not been heard for a
while is asked, and one that does not answer either is given up: whoever waits for it is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import paramiko
from paramiko.common import MSG_DISCONNECT
from paramiko.packet import NeedRekeyException, Packetizer

from ccdeploy.latch import Latch

if TYPE_CHECKING:
    import socket

    from paramiko.message import Message

ASKED_EVERY_S = 10.0
# The heartbeat of a lock comes every 20 s, and a lock without one lapses after 60 s: the next one is in time.
GIVEN_UP_AFTER_S = 30.0
_LATE_S = 1.0  # so late looks nobody who is not held up
_QUESTION = "keepalive@openssh.com"  # as `ssh` asks; a server that does not know it answers too


class Ear(Packetizer):
    """paramiko's reader and writer of packets, which remembers when the last one came, whatever was in it.

    And that none will come any more: paramiko ends every channel before it says so of the connection
    (`Transport.run` of 5.1), and whoever reads from a channel must know by then why it ended.
    """

    def __init__(self, stream: socket.socket) -> None:
        super().__init__(stream)
        self.heard_at = time.monotonic()
        self.has_ended = False

    def read_message(self) -> tuple[int, Message]:
        """Return the next packet."""
        with self._noticing_the_end():
            packet = super().read_message()
        self.heard_at = time.monotonic()
        if packet[0] == MSG_DISCONNECT:
            self.has_ended = True
        return packet

    def send_message(self, data: Message) -> None:
        """Send a packet."""
        with self._noticing_the_end():
            super().send_message(data)

    @contextmanager
    def _noticing_the_end(self) -> Iterator[None]:
        try:
            yield
        except NeedRekeyException:  # a pause, in which new keys are agreed on
            raise
        except Exception:
            self.has_ended = True
            raise


class Watch:
    """Watches a connection from a thread of its own until `end`, and ends it when nobody is there any more."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self.verdict: str | None = None  # why it was ended, if it was
        self._transport = transport
        self._ended = Latch()
        threading.Thread(target=self._watch, name="alive", daemon=True).start()

    def end(self) -> None:
        """Stop watching; safe to repeat."""
        self._ended.set()

    def _watch(self) -> None:
        wait_s, was_excused = ASKED_EVERY_S, False
        while True:
            began = time.monotonic()
            if self._ended.wait(wait_s) or not self._transport.is_active():
                return
            # This machine may have been held up itself: then what came meanwhile is still to be read.
            is_late = time.monotonic() - began > wait_s + _LATE_S
            silent_s = self._silent_s()
            if silent_s < ASKED_EVERY_S:
                wait_s, was_excused = ASKED_EVERY_S - silent_s, False
                continue
            if silent_s >= GIVEN_UP_AFTER_S and (was_excused or not is_late):
                self.verdict = f"nothing came from the host for {GIVEN_UP_AFTER_S:g} s"
                self._transport.close()
                return
            # In the background: what is written may find a full buffer.
            threading.Thread(target=self._ask, name="alive?", daemon=True).start()
            wait_s, was_excused = ASKED_EVERY_S, is_late

    def _silent_s(self) -> float:
        ear = self._transport.packetizer
        return time.monotonic() - ear.heard_at if isinstance(ear, Ear) else 0.0

    def _ask(self) -> None:
        with suppress(paramiko.SSHException, EOFError, OSError):
            self._transport.global_request(_QUESTION, wait=True)
