"""The models that some aliases ask one Ollama for, with what arrives there; and what of them is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.litellm.arrival import DEFAULT_API_BASE, Absence, Arrival, arrivals
from ccdeploy.litellm.deployment import OLLAMA_PROVIDERS
from ccdeploy.ollama.answers import canonical, normalised
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
    is the most that they can take; and those that may be the file of another one, as their digest is not known.
    `unknown` are members of which too little is known.
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

    What goes to another Ollama than that of the plan is left out: it takes none of this memory. So is what Ollama
    refuses: it loads nothing.
    """
    models, server = basis.models, basis.server
    members: list[Member] = []
    arrived = [arrival for alias in aliases for arrival in arrivals(config, alias, basis.env)]
    url = basis.url or _home(arrived)
    for arrival in arrived:
        if is_there(arrival, url) and not _is_idle(arrival, models):
            members = _joined(members, member_of(arrival, models))
    known: list[Member] = []
    assumed: list[Member] = []
    unknown: list[Member] = []
    lacking: list[str] = []
    for member in members:
        lacks = missing(member.model, server)
        is_twin = not lacks and any(_may_be_one_file(member.model, other.model) for other in known)
        if not member.is_context_known:
            unknown.append(member)
        elif is_twin:
            known.append(member)
            assumed.append(member)
        elif lacks == ("train_ctx_tokens",):
            taken = replace(member, model=replace(member.model, train_ctx_tokens=_wanted(member, server)))
            known.append(taken)
            assumed.append(taken)
        elif lacks:
            unknown.append(member)
        else:
            known.append(member)
        lacking += _said(member, (*lacks, *(("blob",) if is_twin else ())), member.model.name in models)
    return WorkingSet(tuple(known), tuple(assumed), tuple(unknown), tuple(dict.fromkeys(lacking)))


def member_of(arrival: Arrival, models: Mapping[str, Model]) -> Member:
    """Return what a request asks Ollama for; a model that is not among `models` is known by its name only."""
    name = canonical(arrival.model)
    listed = next((model for key, model in models.items() if canonical(key) == name), None)
    keep = None if arrival.keep_alive is None else keep_alive_s(arrival.keep_alive)
    named = arrival.num_ctx_tokens is not None
    is_open = arrival.num_ctx_absence is Absence.NOT_RESOLVED or "*" in arrival.model
    model = listed or Model(normalised(arrival.model), name)
    return Member((arrival.alias,), model, arrival.num_ctx_tokens, keep, (named or listed is not None) and not is_open)


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
    if "*" in member.model.name:
        return [f"which models {', '.join(member.names)} asks for"]
    if is_listed and not member.is_context_known:
        return [f"{member.model.name}: num_ctx, from the environment"]
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


def _home(arrived: Sequence[Arrival]) -> str:
    """Return the Ollama that is meant where nobody names one: one on the host itself, else the first of the config."""
    bases = [a.api_base for a in arrived if a.api_base and (a.provider in OLLAMA_PROVIDERS or _is_ollamas(a.api_base))]
    own = (base for base in bases if _place(base)[0] == "localhost")
    return next(own, next(iter(bases), DEFAULT_API_BASE))


def _is_ollamas(base: str) -> bool:
    return _place(base)[1] == _place(DEFAULT_API_BASE)[1]


def _is_idle(arrival: Arrival, models: Mapping[str, Model]) -> bool:
    """Whether a request loads nothing: Ollama refuses it, or it likely goes to another kind of server."""
    if Absence.REFUSED in (arrival.num_ctx_absence, arrival.keep_alive_absence):
        return True
    is_elsewhere = arrival.provider not in OLLAMA_PROVIDERS and arrival.api_base is None
    return is_elsewhere and canonical(arrival.model) not in map(canonical, models)


def _may_be_one_file(one: Model, other: Model) -> bool:
    """Whether two names may stand for one file: all figures agree, and the digest of one is not known."""
    if one.blob == other.blob or one.file_bytes != other.file_bytes:
        return False
    is_open = any(model.blob in (model.name, canonical(model.name)) for model in (one, other))
    return is_open and replace(one, name="", blob="") == replace(other, name="", blob="")


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url, None
    return ("localhost" if host in _LOOPBACK else host, port or (443 if parts.scheme == "https" else 80))
