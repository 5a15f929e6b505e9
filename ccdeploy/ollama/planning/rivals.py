"""Members over one file that want it with different contexts: they reload each other in any memory. Pure.

Found without any figure of the model: ollama#10948.
"""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.ollama.planning.coexistence import Coexistence, coexistence
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.scheduler.options import wanted_num_ctx
from ccdeploy.ollama.server import Server

LEAST_TRAINED = 8_192  # a model whose trained context is not known was trained for that much: what is less differs


def rivals(members: Sequence[Member], server: Server) -> Coexistence | None:
    """Return what comes of the first members over one file that differ; None when none do, or none surely does.

    With an unknown memory, who names no context gets any of three: they differ only if they do with each.
    """
    by_blob: dict[str, list[Member]] = {}
    for member in members:
        if member.is_context_known:
            by_blob.setdefault(member.model.blob, []).append(member)
    for group in by_blob.values():
        if all(_surely_differ(group, one) for one in server.each_tier):
            return coexistence(group, server)
    return None


def _surely_differ(group: Sequence[Member], server: Server) -> bool:
    if coexistence(group, server).kind != "thrash":
        return False
    wanted = [wanted_num_ctx(member.wish(), server) for member in group]
    return all(member.model.train_ctx_tokens for member in group) or min(wanted) < LEAST_TRAINED
