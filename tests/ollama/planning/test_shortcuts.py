"""What planning works out in one step, against what it stands for: for any members, contexts and memory."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.minimum import minimum_bytes
from ccdeploy.ollama.planning.residency import Residency
from ccdeploy.ollama.planning.traffic import APART_S, LEAD_S, Caller, outlook
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import replay
from ccdeploy.ollama.trace import Request, Trace

GIB = 2**30
HALF_HOUR_S = 1800.0
FILES = (
    Model("a", "sha256-a", 5 * GIB, 28, 28, 4, 3584, 128, 32_768, 152_064, load_s=2.0),
    Model("b", "sha256-b", 19 * GIB, 64, 40, 8, 5120, 128, 131_072, 152_064, load_s=9.0),
    Model("c", "sha256-c", 9 * GIB, 48, 40, 8, 5120, 128, None, 152_064),
)
FOREVER = float("inf")
# No keep_alive ends at the very instant of a request: which comes first then is up to chance.
MEMBERS = st.lists(
    st.builds(
        Member,
        st.just(("x",)),
        st.sampled_from(FILES),
        st.sampled_from([None, 4096, 16_384, 32_768, 131_072]),
        st.sampled_from([None, 0.0, 25.555, 3600.0, FOREVER]),
    ),
    min_size=1,
    max_size=4,
)
SERVERS = st.builds(
    Server,
    st.just("0.33.0"),
    st.sampled_from([int(gib * GIB) for gib in (0, 21.3, 29.8, 48, 96)]),
    max_loaded_models=st.sampled_from([0, 1, 2]),
    keep_alive_s=st.sampled_from([0.0, 33.555, 300.0, FOREVER]),
)


@settings(max_examples=40, deadline=None)
@given(MEMBERS, SERVERS, st.sampled_from([7.3, 30.0, 60.0]), st.sampled_from([0.0, 1.0, 20.0]))
def test_what_is_counted_is_what_would_be_simulated(
    members: list[Member], server: Server, every_s: float, duration_s: float
) -> None:
    """Rounds that repeat are not run again: what decides the future must all be in what they are told by."""
    found = outlook(Caller(tuple(members), every_s, duration_s, 60.0), server, HALF_HOUR_S)
    models = {f"{n}": member.model for n, member in enumerate(members)}
    requests = tuple(
        Request(turn * every_s + LEAD_S + n * APART_S, f"{n}", m.num_ctx_tokens, m.keep_alive_s, duration_s, 60.0)
        for turn in range(int(HALF_HOUR_S / every_s))
        for n, m in enumerate(members)
    )
    happened = replay(Trace("whole", server, models, requests)).happenings
    assert found.loads == sum(one.word == "load" and one.at_s <= found.span_s for one in happened)


@settings(max_examples=100, deadline=None)
@given(MEMBERS, SERVERS)
def test_the_least_memory_is_stable_and_less_is_not(members: list[Member], server: Server) -> None:
    """Less of it evicts somebody in some order, or leaves no room for all of them on the GPU."""
    least = minimum_bytes(members, server)
    if least is None:
        return
    assert coexistence(members, replace(server, gpu_total_bytes=least)).kind == "stable"
    less = replace(server, gpu_total_bytes=least - 1)
    residency = Residency(members, less)
    whole = sum({m.model.blob: residency.vram_bytes(n) for n, m in enumerate(members)}.values())
    assert coexistence(members, less).kind != "stable" or whole > least - 1


@settings(max_examples=60, deadline=None)
@given(MEMBERS, SERVERS, st.lists(st.integers(0, 3), min_size=8, max_size=24))
def test_where_all_is_stable_nobody_is_evicted(members: list[Member], server: Server, asked: list[int]) -> None:
    """Whatever the order, the contexts and the keep_alives: the verdict is about all of them."""
    if coexistence(members, server).kind != "stable":
        return
    models = {f"{n}": member.model for n, member in enumerate(members)}
    numbers = [number % len(members) for number in asked]
    requests = tuple(
        Request(20.0 * at, f"{n}", members[n].num_ctx_tokens, members[n].keep_alive_s, 1.0)
        for at, n in enumerate(numbers)
    )
    happened = replay(Trace("any order", server, models, requests)).happenings
    assert {one.effect.why.cause for one in happened if one.word == "unload"} <= {"keep_alive"}
