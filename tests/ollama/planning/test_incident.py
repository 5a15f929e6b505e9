"""The tables of the incident: loads per hour, as recorded from Ollama's scheduler, and who goes with whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.minimum import minimum_bytes
from ccdeploy.ollama.planning.traffic import Caller, outlook
from tests.ollama.planning.incident import CODER, FAST, GIB, LOADS, QUALITY, asked, metal

ALL_4K = asked((FAST, 4096), (CODER, 4096), (QUALITY, 4096))
ALL_FULL = asked((FAST, 32768), (CODER, 32768), (QUALITY, 131072))
TWO_4K = asked((FAST, 4096), (CODER, 4096))
FAST_FIRST = asked((FAST, 8192), (CODER, 16384))
CODER_FIRST = asked((CODER, 16384), (FAST, 8192))
TWO_32K = asked((FAST, 32768), (CODER, 32768))
SETS = (ALL_4K, ALL_FULL, TWO_4K, FAST_FIRST, CODER_FIRST, TWO_32K)
CELLS = [(gib, members, loads) for gib, row in LOADS.items() for members, loads in zip(SETS, row, strict=True)]


@pytest.mark.parametrize(("gib", "members", "loads"), CELLS)
def test_the_loads_of_an_hour_are_those_of_the_recording(gib: float, members: tuple[Member, ...], loads: int) -> None:
    """The incident is real, and its fix holds only where it holds."""
    found = outlook(Caller(members, 30.0, gives_up_after_s=60.0), metal(gib))
    assert found.loads == loads


@pytest.mark.parametrize(
    ("gib", "contexts", "kind", "first"),
    [
        (21.3, (4096, 4096), "thrash", None),
        (29.8, (4096, 4096), "stable", None),
        (29.8, (16384, 8192), "order-dependent", CODER),
        (29.8, (32768, 8192), "thrash", None),
        (29.8, (32768, 32768), "thrash", None),
        (36, (16384, 8192), "stable", None),
        (36, (32768, 8192), "order-dependent", CODER),
        (36, (32768, 32768), "order-dependent", CODER),
        (40, (32768, 8192), "stable", None),
        (40, (32768, 32768), "stable", None),
        (48, (32768, 32768), "stable", None),
    ],
)
def test_the_two_of_phase_one_go_together_or_not(
    gib: float, contexts: tuple[int, int], kind: str, first: object
) -> None:
    """The rule of 80 % makes the order matter: the larger one first."""
    found = coexistence(asked((CODER, contexts[0]), (FAST, contexts[1])), metal(gib))
    assert found.kind == kind
    if first is not None:
        assert found.order is not None
        assert found.order[0].model == first


def test_the_least_memory_that_is_stable_is_that_of_the_rule() -> None:
    """About 38 GiB for 32k and 8k: 26.5 GiB expected for the 32B in 80 % of what the 7B leaves."""
    members = asked((CODER, 32768), (FAST, 8192))
    least = minimum_bytes(members, metal(1))
    assert least is not None
    assert least / GIB == pytest.approx(38.0, abs=0.5)
    assert coexistence(members, replace(metal(1), gpu_total_bytes=least)).kind == "stable"
    assert coexistence(members, replace(metal(1), gpu_total_bytes=least - 2)).kind == "order-dependent"


def test_the_pair_of_the_incident_is_named() -> None:
    """Who evicts whom: the two of 32B, at any context."""
    found = coexistence(ALL_FULL, metal(29.8))
    pairs = {(eviction.loader.model, eviction.victim.model) for eviction in found.cycle}
    assert (QUALITY, CODER) in pairs
    assert found.kind == "thrash"


def test_a_day_of_polls_is_counted_as_it_would_be_run() -> None:
    """What repeats is not simulated again, and the count is the same."""
    day = outlook(Caller(TWO_32K, 30.0, gives_up_after_s=60.0), metal(29.8), span_s=86_400.0)
    assert day.loads == 24 * 240
    hour = outlook(Caller(TWO_32K, 30.0, gives_up_after_s=60.0), metal(29.8))
    assert [one.at_s for one in day.happenings] == [one.at_s for one in hour.happenings]
