"""The models that are loaded now, as those who reckon with memory take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.ollama.keepalive import FOREVER
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.residency import Resident as Staying
from ccdeploy.ollama.planning.residency import State
from ccdeploy.ollama.scheduler.options import is_num_ctx_auto, wanted_num_ctx

if TYPE_CHECKING:
    from ccdeploy.ollama.answers import Resident
    from ccdeploy.ollama.server import Server
    from ccdeploy.operations.deep.host_ollama import HostOllama

_FAR_YEAR = 2100  # Ollama shows a model that stays for ever as one that goes in three hundred years


def loaded_now(host: HostOllama, wanted: Sequence[Member]) -> tuple[list[Member], State]:
    """Return the wanted members with one more for each loaded model, and what is loaded by their numbers."""
    server, members, state = host.server, list(wanted), []
    for resident in host.held or ():
        member = _member(resident, host, wanted, server)
        keep_s = server.keep_alive_s if member.keep_alive_s is None else member.keep_alive_s
        state.append(Staying(member.model.blob, len(members), keep_s))
        members.append(member)
    return members, tuple(sorted(state))


def _member(resident: Resident, host: HostOllama, wanted: Sequence[Member], server: Server) -> Member:
    """Return a loaded model as if it had been asked for as it is: with its context, for as long as it will stay.

    /api/ps does not tell how long that was to be; it is taken from who would ask for it so.
    """
    model = host.model(resident.name) or Model(resident.name, resident.digest or resident.name)
    model = replace(model, resident_bytes=resident.size_vram_bytes or None)
    same = [one for one in wanted if one.model.blob == model.blob and _could_be(resident, one, server)]
    keep = same[0].keep_alive_s if same else None
    if resident.expires_at is not None and resident.expires_at.year >= _FAR_YEAR:
        keep = FOREVER
    return Member((), model, same[0].num_ctx_tokens if same else resident.num_ctx_tokens, keep)


def _could_be(resident: Resident, member: Member, server: Server) -> bool:
    """Whether a request for the member would have loaded it so."""
    wish, tokens = member.wish(), resident.num_ctx_tokens
    if tokens is None or (is_num_ctx_auto(wish, server) and server.gpu_total_bytes is None):
        return True
    return member.model.clamped(wanted_num_ctx(wish, server)) == tokens
