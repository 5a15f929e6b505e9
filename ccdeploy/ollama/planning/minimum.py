"""How much memory some models need to be stable: by the rule of Ollama 0.30 and later, turned round. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.residency import EMPTY, Residency
from ccdeploy.ollama.server import Server

_LEAST_BYTES = 1  # no memory at all would limit no batch


def minimum_bytes(members: Sequence[Member], server: Server) -> int | None:
    """Return the least total memory in which no order evicts any member; None when no memory is enough.

    Each must fit as the last one: what it is expected to take is at most 80 % of what all others leave. And all of
    them must be on the GPU. Too many models, or one file with two contexts, fit into no memory. With more memory
    Ollama takes larger batches, and longer contexts where none is named: the figure holds for itself.
    """
    before: int | None = None
    found: int | None = _LEAST_BYTES if members else 0
    while found is not None and (before is None or found > before):
        before, found = found, _in_memory(members, replace(server, gpu_total_bytes=found))
    return found


def _in_memory(members: Sequence[Member], server: Server) -> int | None:
    """Return what would be the least, with batches and contexts as they are in the memory of `server`."""
    residency = Residency(members, server)
    by_blob = {member.model.blob: number for number, member in enumerate(members)}
    if len(by_blob) > server.cap or not _share(residency, by_blob):
        return None
    taken = {number: residency.vram_bytes(number) for number in by_blob.values()}
    whole = sum(taken.values())
    last = (whole - taken[n] + -(-residency.predicted_bytes(n) * 100 // residency.memory.percent) for n in taken)
    return max(whole, *last) if len(taken) > 1 else whole


def _share(residency: Residency, by_blob: dict[str, int]) -> bool:
    """Whether members over one file want it with the same options."""
    for number, member in enumerate(residency.members):
        (resident,), _ = residency.asked(EMPTY, by_blob[member.model.blob])
        if not residency.serves(resident, number):
            return False
    return True
