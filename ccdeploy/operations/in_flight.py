"""How many requests the proxy on a port has in flight, by the best source that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ccdeploy.operations import verify
from ccdeploy.remote import connections
from ccdeploy.verify.in_flight import counted

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.secret import Secret

Source = Literal["its own counter", "its open connections"]


def in_flight(work: Work, facts: Facts, port: int, key: Secret | None) -> tuple[int | None, Source]:
    """Return how many requests are in flight at the proxy on a port, and who says so; None when nobody can.

    Its own counter is exact, and of one worker only. Its open connections may be more than its requests.
    """
    if not has_workers(facts, port):
        with work.transport.http(port, verify.loopback(work.host.listen.address)) as client:
            count = counted(client, key)
        if count is not None:
            return count, "its own counter"
    return connections.established(work.transport, port), "its open connections"


def has_workers(facts: Facts, port: int) -> bool:
    """Whether the proxy on a port has several processes that listen, so that none of them knows of all requests."""
    listening = facts.listeners.get(port)
    return listening is not None and (len(listening.processes) > 1 or listening.has_unseen)
