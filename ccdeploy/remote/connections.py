"""The connections to a port of a host, as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.shell import connections as script

if TYPE_CHECKING:
    from ccdeploy.transport.seam import Transport


def established(transport: Transport, port: int) -> int | None:
    """Return how many connections to a port that is listened on are established; None when that is not known.

    It errs upwards: a connection of ours through SSH counts, and one that is kept open while nothing is asked.
    uvicorn closes such a one after 5 s; Traefik keeps its own for longer.
    """
    return script.count(transport.run(script.established(port)).text)
