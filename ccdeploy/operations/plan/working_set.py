"""The models that some aliases ask one Ollama for, with what arrives there; and what of them is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.litellm.arrival import Arrival, arrivals
from ccdeploy.ollama.answers import normalised
from ccdeploy.ollama.footprint import missing
from ccdeploy.ollama.keepalive import keep_alive_s
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.scheduler.options import wanted_num_ctx

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.ollama.server import Server
    from ccdeploy.operations.plan.basis import Basis

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class WorkingSet:
    """The members that are known well enough to reckon with, and what is missing of the others.

    `assumed` are those whose trained context is not known: they count with all the context that is asked for, which
    is the most that they can take. `unknown` are members of which too little is known.
    """

    members: tuple[Member, ...]
    assumed: tuple[Member, ...] = ()
    unknown: tuple[Member, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def certain(self) -> tuple[Member, ...]:
        """The members of which nothing is assumed."""
        return tuple(member for member in self.members if member not in self.assumed)


def working_set(config: Config, aliases: Iterable[str], basis: Basis) -> WorkingSet:
    """Return what `aliases` ask for; of several deployments of one alias, each.

    What goes to another Ollama than that of the plan is left out: it takes none of this memory.
    """
    models, server = basis.models, basis.server
    members: list[Member] = []
    for alias in aliases:
        for arrival in arrivals(config, alias, basis.env):
            if is_there(arrival, basis.url):
                members = _joined(members, member_of(arrival, models))
    known, assumed, unknown = [], [], []
    lacking: list[str] = []
    for member in members:
        lacks = missing(member.model, server)
        if lacks == ("train_ctx_tokens",):
            taken = replace(member, model=replace(member.model, train_ctx_tokens=_wanted(member, server)))
            known.append(taken)
            assumed.append(taken)
        elif lacks:
            unknown.append(member)
        else:
            known.append(member)
        lacking += _said(member, lacks, member.model.name in models)
    return WorkingSet(tuple(known), tuple(assumed), tuple(unknown), tuple(dict.fromkeys(lacking)))


def member_of(arrival: Arrival, models: Mapping[str, Model]) -> Member:
    """Return what a request asks Ollama for; a model that is not among `models` is known by its name only."""
    name = normalised(arrival.model)
    keep = None if arrival.keep_alive is None else keep_alive_s(arrival.keep_alive)
    return Member((arrival.alias,), models.get(name) or Model(name, name), arrival.num_ctx_tokens, keep)


def _joined(members: list[Member], new: Member) -> list[Member]:
    """Return the members with one more; aliases that ask for the same are one member."""
    for at, member in enumerate(members):
        if replace(member, names=()) == replace(new, names=()):
            names = tuple(dict.fromkeys((*member.names, *new.names)))
            return [*members[:at], replace(member, names=names), *members[at + 1 :]]
    return [*members, new]


def _wanted(member: Member, server: Server) -> int:
    return wanted_num_ctx(member.wish(), server)


def _said(member: Member, lacks: tuple[str, ...], is_listed: bool) -> list[str]:
    if not is_listed:
        return [f"{member.model.name} is not in models.yaml"]
    words = {"file_bytes": "file_size", "train_ctx_tokens": "trained_context"}
    about = [words.get(name, name) for name in lacks if name not in ("version", "kv_cache_type")]
    return [f"{member.model.name}: {', '.join(about)}"] if about else []


def is_there(arrival: Arrival, url: str | None) -> bool:
    """Whether a request goes to the Ollama at `url`; what is not resolved, or has no `url` to differ from, does."""
    if url is None or arrival.api_base is None:
        return True
    return _place(arrival.api_base) == _place(url)


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url, None
    return ("localhost" if host in _LOOPBACK else host, port or (443 if parts.scheme == "https" else 80))
