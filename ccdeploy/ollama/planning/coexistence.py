"""Whether models that are asked for in any order settle down, or keep evicting each other. Pure.

From an empty memory every order of requests is followed, one request at a time, and any model may be gone at any
moment, its keep_alive over. Requests at the same time reach nothing further: which model they make busy, and so save
from going, only decides which one is gone. Where that is too much to follow, the same is reckoned from who can be the
last one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.residency import EMPTY, Eviction, Residency, State
from ccdeploy.ollama.server import Server

MOST_REQUESTS = 20_000  # of what is followed: eleven models in all orders
Kind = Literal["stable", "order-dependent", "thrash"]


@dataclass(frozen=True)
class Coexistence:
    """What a set of members comes to.

    `order` loads all of them and evicts nobody, None where no order does. `evictions` are all that any order leads
    to, each pair once; `cycle` those of one whole period when the members are asked round and round.
    """

    kind: Kind
    order: tuple[Member, ...] | None
    evictions: tuple[Eviction, ...]
    cycle: tuple[Eviction, ...]


def coexistence(members: Sequence[Member], server: Server) -> Coexistence:
    """Return what comes of the members when each is asked for again and again.

    stable: no order evicts any of them. order-dependent: some order does, and in the end all of them are loaded and
    stay so. thrash: they are never all loaded at once.
    """
    residency = Residency(members, server)
    explored = _explored(residency)
    if explored is None:
        return _reckoned(residency)
    states, evictions = explored
    is_settled = any(map(residency.is_full, states))
    order = _order(residency, EMPTY, tuple(range(len(members)))) if is_settled else None
    kind: Kind = "thrash" if order is None else "order-dependent" if evictions else "stable"
    return Coexistence(kind, order, evictions, _cycle(residency) if kind == "thrash" else ())


def _reckoned(residency: Residency) -> Coexistence:
    """Return the same without following the orders: each model is asked for as the last one.

    Memory that all others leave is the least that a model can find, so that who fits then always does; and who is to
    be loaded with all others is the last one at some time. Taken away one by one, those that fit as the last one leave
    an order behind, or some that cannot all be loaded: whoever fits beside more fits beside fewer.
    """
    by_blob = {member.model.blob: number for number, member in enumerate(residency.members)}
    every = residency.loaded(by_blob.values())
    left = sorted(by_blob.values(), key=lambda n: residency.predicted_bytes(n) - residency.vram_bytes(n))
    can_be = len(left) <= residency.server.cap and residency.is_full(every)
    order: list[Member] = []
    while can_be and (last := next((n for n in left if residency.has_room(left, n)), None)) is not None:
        left.remove(last)
        order.insert(0, residency.members[last])
    if left:
        cycle = _cycle(residency)
        return Coexistence("thrash", None, tuple(dict.fromkeys(cycle)), cycle)
    evictions = tuple(gone for n in by_blob.values() for gone in _gone(residency, by_blob.values(), n))
    return Coexistence("order-dependent" if evictions else "stable", tuple(order), evictions, ())


def _gone(residency: Residency, numbers: Iterable[int], last: int) -> tuple[Eviction, ...]:
    """Return who has to go for the last one of these when all others are loaded."""
    return residency.asked(residency.loaded(n for n in numbers if n != last), last)[1]


def _explored(residency: Residency) -> tuple[set[State], tuple[Eviction, ...]] | None:
    """Return every state that can be reached, and each pair of who evicts whom on the way; None for too many."""
    requests = 0
    states, waiting = {EMPTY}, deque([EMPTY])
    evictions: dict[tuple[Member, Member], Eviction] = {}
    while waiting:
        state = waiting.popleft()
        requests += len(residency.members)
        if requests > MOST_REQUESTS:
            return None
        following = [state[:at] + state[at + 1 :] for at in range(len(state))]
        for number in range(len(residency.members)):
            after, gone = residency.asked(state, number)
            following.append(after)
            for eviction in gone:
                evictions.setdefault((eviction.loader, eviction.victim), eviction)
        new = [after for after in following if after not in states]
        states.update(new)
        waiting.extend(dict.fromkeys(new))
    return states, tuple(evictions.values())


def _order(residency: Residency, state: State, wanted: tuple[int, ...]) -> tuple[Member, ...] | None:
    """Return an order that loads the wanted ones beside `state` and evicts nobody: the largest first, if it can be.

    Where all are loaded in the end there is one: each was loaded beside at least those that came before it and
    stayed, and fits beside these alone.
    """
    if not wanted:
        return ()
    for number in sorted(wanted, key=residency.predicted_bytes, reverse=True):
        after, gone = residency.asked(state, number)
        if gone:
            continue
        rest = _order(residency, after, tuple(other for other in wanted if other != number))
        if rest is not None:
            return (residency.members[number], *rest)
    return None


def _cycle(residency: Residency) -> tuple[Eviction, ...]:
    """Return who evicts whom in one period of rounds, once they repeat."""
    state, seen = EMPTY, {}
    rounds: list[list[Eviction]] = []
    while state not in seen:
        seen[state] = len(rounds)
        rounds.append([])
        for number in range(len(residency.members)):
            state, gone = residency.asked(state, number)
            rounds[-1] += gone
    return tuple(eviction for one in rounds[seen[state] :] for eviction in one)
