"""In which order every name is asked, and what that will cost: decided from the models that are loaded now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from ccdeploy.litellm.arrival import arrivals
from ccdeploy.litellm.question import EMBEDDING, Question
from ccdeploy.ollama.footprint import missing
from ccdeploy.ollama.planning.itinerary import itinerary, visited
from ccdeploy.ollama.planning.residency import Residency, State
from ccdeploy.operations.deep.loaded import loaded_now
from ccdeploy.operations.plan.working_set import is_there, member_of

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.ollama.planning.member import Member
    from ccdeploy.operations.deep.host_ollama import HostOllama

_AMPLE_BYTES = 2**60  # where the memory is not known, nobody is expected to have to go


@dataclass(frozen=True)
class Stop:
    """One name to be asked. `members` are what of the host's Ollama may answer; `is_away`: one elsewhere may.

    `load` is whether a load is expected, None where nobody can know; `evicts` are the models that go for it.
    """

    question: Question
    members: tuple[Member, ...] = ()
    is_away: bool = False
    load: bool | None = False
    evicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """The stops in their order, and why what they cost is not known for sure."""

    stops: tuple[Stop, ...]
    unknown: tuple[str, ...] = ()

    @property
    def loads(self) -> int | None:
        """How many loads it will cost."""
        return None if self.unknown else self.least_loads

    @property
    def least_loads(self) -> int:
        """How many it costs at the least: those before the first of which nothing can be known."""
        return sum(bool(stop.load) for stop in takewhile(lambda one: one.load is not None, self.stops))


def course(config: Config, questions: Sequence[Question], env: Mapping[str, str], host: HostOllama | None) -> Course:
    """Return the order that costs the fewest loads, phase by phase; names that load nothing here come last in each."""
    stops = [_stop(config, question, env, host) for question in questions]
    if host is None:
        is_lost = any(stop.load is None for stop in stops)
        return Course(tuple(stops), ("the host's Ollama does not answer",) if is_lost else ())
    unknown = dict.fromkeys(reason for stop in stops for reason in _open(stop, host))
    has_any = any(stop.members for stop in stops)
    if has_any and host.held is None:
        unknown["which models are loaded now"] = None
        stops = [replace(stop, load=None) if stop.members else stop for stop in stops]
    if has_any and host.server.gpu_total_bytes is None:
        unknown["how much memory Ollama has for models"] = None
    return Course(tuple(_ordered(stops, host)), tuple(unknown))


def _stop(config: Config, question: Question, env: Mapping[str, str], host: HostOllama | None) -> Stop:
    question = _as_it_can_answer(question, host) if host else question
    sent = arrivals(config, question.name, env, is_embedding=question.is_embedding)
    if host is None:
        return Stop(question, is_away=len(sent) < len(question.deployments), load=None if sent else False)
    here = [arrival for arrival in sent if is_there(arrival, host.url)]
    members: list[Member] = []
    for arrival in here:
        member = member_of(arrival, {})
        members.append(replace(member, names=(), model=host.model(member.model.name) or member.model))
    own = tuple(dict.fromkeys(one for one in members if one.model.name.lower() not in host.remote))
    is_away = len(here) < len(question.deployments) or any(one.model.name.lower() in host.remote for one in members)
    stop = Stop(question, own, is_away)
    return replace(stop, load=None) if list(_open(stop, host)) else stop


def _as_it_can_answer(question: Question, host: HostOllama) -> Question:
    """Return the question for an embedding where the models only embed, and the config does not say so."""
    models = [host.model(d.bare_model) for d in question.deployments]
    only_embed = bool(models) and all(model is not None and not model.is_completion for model in models)
    return replace(question, mode=EMBEDDING) if only_embed else question


def _open(stop: Stop, host: HostOllama) -> Iterator[str]:
    """Yield why nobody can know what a stop costs."""
    name = stop.question.name
    if len(stop.members) > 1 or (stop.members and stop.is_away):
        yield f"which of its {len(stop.question.deployments)} deployments answers '{name}'"
        return
    for member in stop.members:
        if host.model(member.model.name) and (lacks := missing(member.model, host.server)):
            yield f"{', '.join(lacks)} of {member.model.name}"


def _ordered(stops: Sequence[Stop], host: HostOllama) -> Iterator[Stop]:
    server = host.server
    if server.gpu_total_bytes is None:
        server = replace(server, gpu_total_bytes=_AMPLE_BYTES)
    planned = [stop for stop in stops if _is_planned(stop, host)]
    wanted = list(dict.fromkeys(stop.members[0] for stop in planned))
    members, state = loaded_now(host, wanted)
    residency = Residency(members, server)
    phases = [list(group) for _, group in groupby(stops, key=lambda stop: stop.question.phase)]
    groups = [sorted({wanted.index(s.members[0]) for s in group if s in planned}) for group in phases]
    visits = iter(itinerary(residency, groups, state))
    for group, numbers in zip(phases, groups, strict=True):
        for _ in numbers:
            number = next(visits).member
            of_it = [stop for stop in group if stop in planned and stop.members[0] == wanted[number]]
            for stop in of_it:
                state, told = _with_cost(residency, state, number, stop)
                yield told
        yield from (stop for stop in group if stop not in planned)


def _with_cost(residency: Residency, state: State, number: int, stop: Stop) -> tuple[State, Stop]:
    state, visit = visited(residency, state, number)
    gone = tuple(dict.fromkeys(eviction.victim.model.name for eviction in visit.evictions))
    return state, replace(stop, load=visit.is_load, evicts=gone)


def _is_planned(stop: Stop, host: HostOllama) -> bool:
    """Whether what it costs can be reckoned: a model that Ollama has, and that alone may answer."""
    return stop.load is not None and any(host.model(member.model.name) for member in stop.members)
