"""Waiting until a proxy that listens also says that it is ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ccdeploy.verify.proxy import readiness

if TYPE_CHECKING:
    import httpx

    from ccdeploy.clock import Clock
    from ccdeploy.results import Check

POLL_S = 0.1  # LiteLLM answers within milliseconds of binding; a slower poll would only add to the gap
LOST_AFTER = 5  # refusals in a row after it had listened: it is gone, and waiting longer is of no use


def settled(look: Callable[[], tuple[Check, bool]], patience_s: float, clock: Clock) -> Check:
    """Return the last look at the route: ok, faulty for good, or still passing when the patience was over.

    A health check of Traefik's marks a proxy DOWN while it restarts, and looks again one interval later.
    """
    deadline = clock.monotonic() + patience_s
    while True:
        check, may_pass = look()
        if check.status == "ok" or not may_pass or clock.monotonic() >= deadline:
            return check
        clock.sleep(POLL_S)


def ready(client: httpx.Client, timeout_s: float, clock: Clock) -> Check:
    """Return the last readiness check: ok, or what it said when the time was over or the process gone."""
    deadline = clock.monotonic() + timeout_s
    refusals = 0
    while True:
        check = readiness(client)
        refusals = refusals + 1 if check.detail == "nothing listens there" else 0
        if check.status == "ok" or clock.monotonic() >= deadline or refusals >= LOST_AFTER:
            return check
        clock.sleep(POLL_S)
