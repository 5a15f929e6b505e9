"""The order that costs the fewest loads."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from ccdeploy.ollama.planning.itinerary import EXHAUSTIVE, FORESEEN, itinerary, visited
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.residency import EMPTY, Residency, State
from tests.ollama.planning.incident import CODER, FAST, GIB, QUALITY, asked, metal


def small(count: int) -> tuple[Member, ...]:
    """Return members of a GiB each."""
    models = [replace(FAST, name=f"m{n}", blob=f"sha256-{n:03}", file_bytes=GIB) for n in range(count)]
    return asked(*((model, 4096) for model in models))


def loads_in(residency: Residency, order: tuple[int, ...], state: State) -> int:
    """Return what an order costs."""
    loads = 0
    for number in order:
        state, visit = visited(residency, state, number)
        loads += visit.is_load
    return loads


def after(residency: Residency, *numbers: int) -> State:
    """Return what is resident after these requests."""
    state = EMPTY
    for number in numbers:
        state, _ = visited(residency, state, number)
    return state


def test_the_resident_model_is_asked_before_it_is_evicted() -> None:
    """In the order of the file it would be loaded a second time."""
    residency = Residency(asked((QUALITY, 32768), (CODER, 8192)), metal(48))
    visits = itinerary(residency, [[0, 1]], after(residency, 1))
    assert [(visit.member, visit.is_load) for visit in visits] == [(1, False), (0, True)]
    assert [eviction.victim.model for eviction in visits[1].evictions] == [CODER]


def test_no_other_order_of_five_costs_less() -> None:
    """Three may be loaded at once: what is asked first decides who has to be loaded again."""
    residency = Residency(small(5), metal(1000))
    state = after(residency, 4, 2, 3)
    visits = itinerary(residency, [range(5)], state)
    assert sum(visit.is_load for visit in visits) == min(loads_in(residency, o, state) for o in permutations(range(5)))


def test_a_phase_is_ordered_with_the_next_one_in_mind() -> None:
    """What the first phase evicts, the second would have to load."""
    one, other, shared = asked((QUALITY, 32768), (CODER, 8192), (FAST, 4096))
    residency = Residency((one, other, shared), metal(48))
    visits = itinerary(residency, [[0, 1], [1, 2]], EMPTY)
    assert [visit.member for visit in visits][:3] == [0, 1, 1]
    assert sum(visit.is_load for visit in visits) == 3


def test_what_leaves_at_once_is_loaded_each_time() -> None:
    """A keep_alive of 0 is a load a request."""
    residency = Residency((replace(asked((FAST, 4096))[0], keep_alive_s=0.0),), metal(48))
    state, visit = visited(residency, EMPTY, 0)
    assert (state, visit.is_load) == (EMPTY, True)


def test_many_models_are_ordered_too_each_once() -> None:
    """A config of very many models is no reason to hang, nor to fall over Python's stack."""
    count = FORESEEN + 8
    residency = Residency(small(count), metal(1000))
    visits = itinerary(residency, [range(EXHAUSTIVE + 1), range(EXHAUSTIVE + 1, count)], after(residency, 3, 5))
    assert sorted(visit.member for visit in visits) == list(range(count))
    assert [visit.is_load for visit in visits][:2] == [False, False]


def test_no_model_is_no_visit() -> None:
    """A config of other people's models."""
    assert itinerary(Residency((), metal(8)), [[], []], EMPTY) == ()
