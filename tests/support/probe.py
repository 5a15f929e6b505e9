"""A user who never stops asking: probes a port all the while that a verb runs, and remembers every failure."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise

EVERY_S = 0.02
ALIVE = b'"I\'m alive!"'
PATIENCE_S = 5.0  # of one request; a proxy that hangs is down
# A reset in place of TIME_WAIT (RFC 9293, 3.6), as l_onoff and l_linger of SO_LINGER: the kernel would keep each
# connection for a minute after its end, and every look at a port goes through them all.
_FORGET_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Sample:
    """One request: when it was sent and answered (monotonic), and what was wrong with it, if anything."""

    sent_at: float
    answered_at: float
    fault: str | None


@dataclass(frozen=True)
class Outage:
    """A time without service: from the first request that failed to the first that was answered again."""

    began_at: float
    ended_at: float
    failures: int
    fault: str

    @property
    def ms(self) -> int:
        """Its length."""
        return round((self.ended_at - self.began_at) * 1000)

    def __str__(self) -> str:
        return f"{self.ms} ms ({self.failures} requests failed, the first with: {self.fault})"


@dataclass
class Probe:
    """Asks `/health/liveliness` on a loopback port, each time on a fresh connection, from a thread of its own."""

    port: int
    samples: list[Sample] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Probe:
        self._thread = threading.Thread(target=self._ask_on, name="probe", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    @property
    def outages(self) -> list[Outage]:
        """Every time without service; one that had not ended lasts until the probe did."""
        found: list[Outage] = []
        failed: list[Sample] = []
        for sample in self.samples:
            if sample.fault is not None:
                failed.append(sample)
            elif failed:
                found.append(_outage(failed, sample.sent_at))
                failed = []
        return [*found, _outage(failed, failed[-1].answered_at)] if failed else found

    @property
    def downtime_ms(self) -> int:
        """How long nobody was served, all outages together."""
        return sum(outage.ms for outage in self.outages)

    @property
    def longest_gap_ms(self) -> int:
        """The longest time between two answers, what a user could at most have noticed."""
        answered = [s.answered_at for s in self.samples if s.fault is None]
        gaps = [later - earlier for earlier, later in pairwise(answered)]
        return round(max(gaps, default=0.0) * 1000)

    def _ask_on(self) -> None:
        while True:
            self.samples.append(_ask(self.port))
            # Also for a verb that ends at once there is a request before and after.
            if self._stopping.wait(EVERY_S) and len(self.samples) > 1:
                return


def _outage(failed: list[Sample], ended_at: float) -> Outage:
    return Outage(failed[0].sent_at, ended_at, len(failed), str(failed[0].fault))


def _ask(port: int) -> Sample:
    sent_at = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET_AT_ONCE)
        connection.request("GET", "/health/liveliness")
        response = connection.getresponse()
        body = response.read()
        fault = None if (response.status, body) == (200, ALIVE) else f"status {response.status}: {body[:80]!r}"
    except (OSError, http.client.HTTPException) as exc:
        fault = repr(exc)
    finally:
        connection.close()
    return Sample(sent_at, time.monotonic(), fault)
