"""Downtime, measured: a probe on a fresh connection every 50 ms, while something is switched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError
from ccdeploy.latch import Latch
from ccdeploy.litellm.answers import is_alive
from ccdeploy.litellm.endpoints import LIVELINESS

if TYPE_CHECKING:
    import httpx

EVERY_S = 0.05


class Outages:
    """Turns probes into downtime. Pure: it is told when each probe was sent, and whether it was answered."""

    def __init__(self) -> None:
        self._was_up = False
        self._down_since: float | None = None
        self._down_s = 0.0

    def seen(self, began: float, *, is_up: bool | None) -> None:
        """Take in one probe: an outage lasts from the first that fails to the next that does not, as they are sent.

        What is sent once the new proxy listens is served, though its first answer may take a while.
        `is_up` is None where that could not be known: it neither begins an outage nor ends one.
        """
        if is_up is None:
            return
        if is_up:
            if self._down_since is not None:
                self._down_s += began - self._down_since
                self._down_since = None
            self._was_up = True
        elif self._was_up and self._down_since is None:
            self._down_since = began

    def total_s(self, now: float) -> float | None:
        """Return the seconds without service so far; None when it never served."""
        if not self._was_up:
            return None
        return self._down_s + (now - self._down_since if self._down_since is not None else 0.0)


class DowntimeProbe:
    """Probes from a thread of its own until it is stopped."""

    def __init__(self, client: httpx.Client, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._outages = Outages()
        self._stopping = Latch()
        self._first = Latch()
        self._thread = threading.Thread(target=self._run, name="downtime probe", daemon=True)

    @property
    def downtime_ms(self) -> int | None:
        """The milliseconds without service so far; None when it never served."""
        total_s = self._outages.total_s(self._monotonic())
        return None if total_s is None else round(total_s * 1000)

    def start(self) -> None:
        """Begin, and return after the first probe, so that an outage from now on is seen."""
        self._thread.start()
        self._first.wait(5)

    def stop(self) -> None:
        """End; safe to repeat."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = self._monotonic()
            is_up = self._probe()
            self._outages.seen(began, is_up=is_up)
            self._first.set()
            self._stopping.wait(max(0.0, EVERY_S - (self._monotonic() - began)))

    def _probe(self) -> bool | None:
        import httpx

        try:
            answer = self._client.get(LIVELINESS, headers={"Connection": "close"}, timeout=2.0)
        except httpx.HTTPError:
            return False
        except CcdeployError:  # the way to the host is gone: whether the proxy serves is not known
            return None
        return is_alive(answer.status_code, answer.content)


@contextmanager
def measured(client: httpx.Client) -> Iterator[DowntimeProbe]:
    """Probe while the block runs."""
    probe = DowntimeProbe(client)
    probe.start()
    try:
        yield probe
    finally:
        probe.stop()
        client.close()
