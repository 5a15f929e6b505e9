"""What sets of models come to, beside the incident's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning import coexistence as judging
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.ollama.planning.minimum import minimum_bytes
from ccdeploy.ollama.planning.traffic import Caller, outlook
from ccdeploy.ollama.scheduler.effects import Cause
from ccdeploy.ollama.simulation import Simulation, replay
from ccdeploy.ollama.trace import Request, Trace
from tests.ollama.planning.incident import CODER, FAST, GIB, asked, metal


def test_one_file_with_two_contexts_thrashes_in_any_memory() -> None:
    """Each request of one alias reloads for the other: ollama#10948."""
    found = coexistence(asked((FAST, 8192), (replace(FAST, name="also-fast:latest"), 4096)), metal(1000))
    assert found.kind == "thrash"
    assert {eviction.cause for eviction in found.cycle} == {Cause.OPTIONS}
    assert minimum_bytes(asked((FAST, 8192), (FAST, 4096)), metal(1000)) is None


def test_one_file_with_two_names_and_one_context_is_one_model() -> None:
    """Nothing is loaded twice for an alias."""
    members = asked((FAST, 131072), (replace(FAST, name="also-fast:latest"), 32768))
    assert coexistence(members, metal(10)).kind == "stable"
    assert outlook(Caller(members, 30.0), metal(10)).loads == 1


def test_more_models_than_may_be_loaded_thrash_in_any_memory() -> None:
    """Three for each GPU, however small they are."""
    small = [replace(FAST, name=f"m{n}", blob=f"sha256-{n}", file_bytes=GIB) for n in range(4)]
    members = asked(*((model, 4096) for model in small))
    found = coexistence(members, metal(1000))
    assert found.kind == "thrash"
    assert {eviction.cause for eviction in found.cycle} == {Cause.CAP}
    assert minimum_bytes(members, metal(1000)) is None
    assert coexistence(members, replace(metal(1000), max_loaded_models=4)).kind == "stable"


def test_one_model_alone_is_stable_however_large() -> None:
    """The first is always loaded, a part of it on the CPU."""
    assert coexistence(asked((CODER, 32768)), metal(8)).kind == "stable"


def test_no_model_is_stable() -> None:
    """A phase of models that are not Ollama's asks nothing of its memory."""
    assert coexistence((), metal(8)).kind == "stable"
    assert minimum_bytes((), metal(8)) == 0


_SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(sizes=_SIZES, total=st.integers(4, 120), version=st.sampled_from(["0.33.0"]))
def test_a_verdict_agrees_with_the_scheduler_at_work(sizes: list[int], total: int, version: str) -> None:
    """Stable: no load but the first of each, in any order tried. Thrash: loads go on for ever, in every order."""
    models = [Model(f"m{n}", f"sha256-{n}", size * GIB, 4, 4, 2, 512, 128, 32768) for n, size in enumerate(sizes)]
    server = replace(metal(total, version), keep_alive_s=float("inf"))
    found = coexistence(asked(*((model, 4096) for model in models)), server)
    for ordered in (models, models[::-1]):
        calls = outlook(Caller(asked(*((model, 4096) for model in ordered)), 600.0), server, span_s=36_000.0)
        if found.kind == "stable":
            assert calls.loads == len(models)
        elif found.kind == "thrash":
            assert calls.loads >= 60  # in each of the 60 rounds at least one
    if found.order is not None:
        calls = outlook(Caller(found.order, 600.0), server, span_s=36_000.0)
        assert calls.loads == len(models)


@pytest.mark.parametrize("gib", [29.8, 48])
def test_what_is_repeated_is_what_would_have_happened(gib: float) -> None:
    """Counting instead of simulating is a short cut, not an estimate."""
    members = asked((CODER, 32768), (FAST, 32768))
    requests = tuple(
        Request(n * 30.0 + 1 + place / 100, f"{place}", member.num_ctx_tokens, None, 1.0)
        for n in range(120)
        for place, member in enumerate(members)
    )
    whole = replay(Trace("whole", metal(gib), {"0": CODER, "1": FAST}, requests))
    short = outlook(Caller(members, 30.0), metal(gib))
    within = [one for one in whole.happenings if one.at_s < 3600]
    assert [(one.word, one.effect.blob) for one in short.happenings] == [(one.word, one.effect.blob) for one in within]
    assert [one.at_s for one in short.happenings] == pytest.approx([one.at_s for one in within])
    assert Simulation(metal(gib), {}).loads == 0


SIZES = st.lists(st.integers(1, 24), min_size=1, max_size=5)


@given(SIZES, st.integers(4, 60), st.integers(0, 5), st.sampled_from(["0.33.0", "0.13.0", "0.9.6"]))
@settings(max_examples=150, deadline=None)
def test_what_is_reckoned_is_what_following_every_order_finds(
    sizes: list[int], gib: int, cap: int, version: str
) -> None:
    """Two ways to one verdict, of which only one can take three hundred models."""
    models = [replace(FAST, name=f"m{n}", blob=f"sha256-{n}", file_bytes=size * GIB) for n, size in enumerate(sizes)]
    members = asked(*((model, 4096) for model in models))
    server = replace(metal(gib, version), max_loaded_models=cap)
    followed = coexistence(members, server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "MOST_REQUESTS", 0)
        reckoned = coexistence(members, server)
    assert reckoned.kind == followed.kind
    assert (reckoned.order is None) == (followed.order is None)
    assert {(e.loader, e.victim) for e in reckoned.evictions} <= {(e.loader, e.victim) for e in followed.evictions}


@pytest.mark.parametrize(("gib", "kind"), [(32, "thrash"), (2000, "stable")])
def test_a_hundred_models_are_judged_all_the_same(gib: int, kind: str) -> None:
    """All their orders are more than anybody can follow, and a deploy waits for the verdict."""
    models = [replace(FAST, name=f"m{n}", blob=f"sha256-{n}") for n in range(100)]
    server = replace(metal(gib), max_loaded_models=200)
    assert coexistence(asked(*((model, 4096) for model in models)), server).kind == kind
