"""One phase of a plan: the verdict on its working set, and what an hour of its traffic comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.ollama.footprint import resident
from ccdeploy.ollama.planning.coexistence import Coexistence, coexistence
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.minimum import minimum_bytes
from ccdeploy.ollama.planning.residency import Eviction
from ccdeploy.ollama.planning.rivals import rivals
from ccdeploy.ollama.planning.traffic import Caller, Outlook, outlook
from ccdeploy.ollama.preload import preload_command
from ccdeploy.ollama.scheduler.effects import Load, Loaded, Unload
from ccdeploy.ollama.scheduler.fit import Memory
from ccdeploy.ollama.scheduler.options import is_num_ctx_auto, wanted_num_ctx
from ccdeploy.operations.plan.working_set import WorkingSet
from ccdeploy.results.plan import PhasePlan, PlannedEviction, PlannedModel, Stay, VerdictKind

if TYPE_CHECKING:
    from ccdeploy.ollama.server import Server

HOUR_S = 3600.0
FOREVER = -1.0  # as Ollama writes it: below zero


@dataclass(frozen=True)
class Traffic:
    """How often each alias is asked for, how fast a model is loaded, and where the Ollama is."""

    every_s: float
    load_bytes_per_s: float
    url: str | None = None


def planned_phase(number: int | None, working: WorkingSet, server: Server, traffic: Traffic) -> PhasePlan:
    """Return the plan of one phase.

    Thrash is told when those members thrash of which nothing is assumed, or two over one file: what is not known
    cannot mend it. Otherwise anything that is missing makes the verdict unknown, for the best and for the worst.
    """
    asked = (*working.members, *working.unknown)
    missing = working.missing if server.gpu_total_bytes is not None else (*working.missing, "the memory of the host")
    same_file = rivals(asked, server)
    known = server.gpu_total_bytes is not None
    found = coexistence(working.members, server) if known else None
    kind: VerdictKind = "thrash" if same_file else _verdict(found, working, server) if found else "unknown"
    seen = _outlook(working.members, server, traffic) if known else None
    evictions = (*(found.cycle or found.evictions if found else ()), *(same_file.cycle if same_file else ()))
    return PhasePlan(
        number,
        kind,
        tuple(planned_model(member, server) for member in asked),
        order=_order(found) if found and kind != "unknown" else (),
        preload=_preload(found, traffic) if found and kind == "order-dependent" else (),
        evictions=tuple(dict.fromkeys(map(planned_eviction, evictions))),
        minimum_bytes=None if working.unknown else minimum_bytes(working.members, server),
        loads_per_hour=seen.loads_per_hour if seen else None,
        lost_s_per_hour=seen.loading_s * HOUR_S / seen.span_s if seen else None,
        missing=missing,
        simulated_s=_shown_s(seen) if seen else None,
        stays=tuple(stays(seen)) if seen else (),
    )


def planned_model(member: Member, server: Server) -> PlannedModel:
    """Return a member as the plan shows it."""
    model, wanted = member.model, wanted_num_ctx(member.wish(), server)
    taken = resident(model, wanted, server)
    keep = member.keep_alive_s
    return PlannedModel(
        model=model.name,
        aliases=member.names,
        num_ctx_tokens=None if model.train_ctx_tokens is None else model.clamped(wanted),
        wanted_num_ctx_tokens=None if is_num_ctx_auto(member.wish(), server) else wanted,
        keep_alive_s=FOREVER if keep == float("inf") else keep,
        weights_bytes=model.file_bytes,
        kv_bytes=taken.kv_bytes if taken else None,
        compute_bytes=taken.compute_bytes if taken else None,
        predicted_bytes=Memory(server).predicted_bytes(model, wanted) if taken else None,
    )


def planned_eviction(eviction: Eviction) -> PlannedEviction:
    """Return an eviction as the plan shows it."""
    return PlannedEviction(eviction.loader.model.name, eviction.victim.model.name, str(eviction.cause), eviction.detail)


def stays(seen: Outlook) -> Iterator[Stay]:
    """Yield when each model is loaded in the simulated hour; what is still there at its end stays until then."""
    began: dict[str, tuple[str, float, float | None]] = {}
    end_s = _shown_s(seen)
    for one in seen.happenings:
        blob = one.effect.blob
        if isinstance(one.effect, Load):
            began[blob] = (one.effect.model, one.at_s, None)
        elif isinstance(one.effect, Loaded) and blob in began:
            began[blob] = (*began[blob][:2], one.at_s)
        elif isinstance(one.effect, Unload) and blob in began:
            yield _stay(began.pop(blob), one.at_s)
    yield from (_stay(one, end_s) for one in began.values())


def _shown_s(seen: Outlook) -> float:
    return min(seen.span_s, HOUR_S)


def _stay(began: tuple[str, float, float | None], until_s: float) -> Stay:
    model, from_s, loaded_s = began
    ready_s = until_s if loaded_s is None else loaded_s
    return Stay(model, round(from_s, 3), round(until_s, 3), round(ready_s - from_s, 3))


def _verdict(found: Coexistence, working: WorkingSet, server: Server) -> VerdictKind:
    if found.kind == "thrash":
        is_certain = not working.assumed or coexistence(working.certain, server).kind == "thrash"
        return "thrash" if is_certain else "unknown"
    return "unknown" if working.unknown else found.kind


def _outlook(members: Sequence[Member], server: Server, traffic: Traffic) -> Outlook | None:
    if not members:
        return None
    return outlook(Caller(tuple(members), traffic.every_s), server, HOUR_S, traffic.load_bytes_per_s)


def _preload(found: Coexistence, traffic: Traffic) -> tuple[str, ...]:
    return tuple(preload_command(member, traffic.url) for member in found.order or ())


def _order(found: Coexistence) -> tuple[str, ...]:
    return tuple(member.model.name for member in found.order or ())
