"""The order in which to ask for models so that the fewest of them are loaded. Pure.

Up to EXHAUSTIVE members of a group every order is looked at; of more, the one that is asked next is the one that
costs the least at once, until so few are left. What a group leaves behind counts for those after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccdeploy.ollama.planning.residency import Eviction, Residency, State

EXHAUSTIVE = 8
FORESEEN = 64  # members of all groups together; with more, each group is ordered for itself


@dataclass(frozen=True)
class Visit:
    """One request for a member: whether its model is loaded for it, and who has to go."""

    member: int
    is_load: bool
    evictions: tuple[Eviction, ...] = ()


_Order = tuple[int, tuple[Visit, ...]]  # loads, and the visits that cost them


def itinerary(residency: Residency, groups: Sequence[Sequence[int]], state: State) -> tuple[Visit, ...]:
    """Return the visits to the members of each group, group after group, that cost the fewest loads from `state`.

    Of several such orders it is the one that asks the resident models first: they may be gone soon.
    """
    if sum(map(len, groups)) <= FORESEEN:
        return _Search(residency, groups).best(-1, frozenset(), state)[1]
    visits: list[Visit] = []
    for group in groups:
        search, left = _Search(residency, [group]), frozenset(group)
        while left:
            first = search.first(left, state)
            state, visit = visited(residency, state, first)
            left -= {first}
            visits.append(visit)
    return tuple(visits)


def visited(residency: Residency, state: State, member: int) -> tuple[State, Visit]:
    """Return what is resident after a request for a member, and the visit; with a keep_alive of 0 it is gone again."""
    blob = residency.members[member].model.blob
    is_served = any(one.blob == blob and residency.serves(one, member) for one in state)
    after, gone = residency.asked(state, member)
    return tuple(one for one in after if one.stays_s > 0), Visit(member, not is_served, gone)


class _Search:
    def __init__(self, residency: Residency, groups: Sequence[Sequence[int]]) -> None:
        self._residency = residency
        self._groups = [frozenset(group) for group in groups]
        self._known: dict[tuple[int, frozenset[int], State], _Order] = {}
        self._visits: dict[tuple[State, int], tuple[State, Visit]] = {}

    def best(self, group: int, left: frozenset[int], state: State) -> _Order:
        """Return the fewest loads for what is left of a group and for the groups after it."""
        while not left:
            group += 1
            if group >= len(self._groups):
                return 0, ()
            left = self._groups[group]
        key = (group, left, state)
        if key not in self._known:
            ways = [self._way(group, left, state, member) for member in self._candidates(left, state)]
            self._known[key] = min(ways, key=lambda way: (way[0], [visit.is_load for visit in way[1]]))
        return self._known[key]

    def first(self, left: frozenset[int], state: State) -> int:
        """Return whom to ask first of what is left of the only group."""
        candidates = self._candidates(left, state)
        return candidates[0] if len(candidates) == 1 else self.best(0, left, state)[1][0].member

    def _way(self, group: int, left: frozenset[int], state: State, member: int) -> _Order:
        after, visit = self._visited(state, member)
        loads, rest = self.best(group, left - {member}, after)
        return loads + visit.is_load, (visit, *rest)

    def _candidates(self, left: frozenset[int], state: State) -> list[int]:
        members = sorted(left)
        if len(members) <= EXHAUSTIVE:
            return members
        wanted = {self._residency.members[member].model.blob for member in members}

        def cost(member: int) -> tuple[bool, int, int]:
            visit = self._visited(state, member)[1]
            return visit.is_load, sum(one.victim.model.blob in wanted for one in visit.evictions), len(visit.evictions)

        return [min(members, key=cost)]

    def _visited(self, state: State, member: int) -> tuple[State, Visit]:
        key = (state, member)
        if key not in self._visits:
            self._visits[key] = visited(self._residency, state, member)
        return self._visits[key]
