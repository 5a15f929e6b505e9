"""Which models are in memory, which one has to leave for another, and a log of it all.

No input or output, and no clock of its own: `now` is an argument. Which model leaves is decided by
a `Policy`; Ollama's own scheduler can take its place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from ccdeploy.sandbox.ollama.catalogue import Model


@dataclass
class Resident:
    """One model in memory, how many requests use it, and until when it stays (None while in use)."""

    model: Model
    num_ctx: int
    keep_alive_s: float
    users: int = 0
    expires_at: float | None = None

    @property
    def size_bytes(self) -> int:
        """What it takes of the memory."""
        return self.model.footprint_bytes(self.num_ctx)


@dataclass(frozen=True)
class MemoryEvent:
    """A model came or went: `event` is load, evict, expire, unload or reload."""

    at_s: float
    event: str
    model: str
    num_ctx: int
    why: str


class Policy(Protocol):
    """Decides who leaves."""

    def victim(self, wanted_bytes: int, budget_bytes: int, residents: Sequence[Resident]) -> Resident | None:
        """Return the model that must leave next so that `wanted_bytes` more fit; None when they do."""
        ...


class ShortestKeepAlive:
    """Ollama's choice in one sentence: idle before busy, then the shortest keep_alive, then the name.

    A model that alone is larger than the memory is loaded all the same: a part of it runs on the CPU.
    """

    def victim(self, wanted_bytes: int, budget_bytes: int, residents: Sequence[Resident]) -> Resident | None:
        """Return the model that must leave next so that `wanted_bytes` more fit; None when they do."""
        if sum(r.size_bytes for r in residents) + wanted_bytes <= budget_bytes:
            return None
        return min(residents, key=lambda r: (r.users > 0, r.keep_alive_s, r.model.name), default=None)


@dataclass
class Memory:
    """A budget of bytes, and who has which part of it."""

    budget_bytes: int
    policy: Policy = field(default_factory=ShortestKeepAlive)
    residents: dict[str, Resident] = field(default_factory=dict)
    events: list[MemoryEvent] = field(default_factory=list)

    @property
    def loads(self) -> int:
        """How many times a model was loaded."""
        return sum(e.event == "load" for e in self.events)

    def ready(self, model: Model, num_ctx: int) -> Resident | None:
        """Return the model when it is in memory with this context."""
        resident = self.residents.get(model.name)
        return resident if resident and resident.num_ctx == num_ctx else None

    def in_the_way(self, model: Model, num_ctx: int) -> tuple[Resident, str] | None:
        """Return who must leave before the model can be loaded with this context, and the word for it."""
        same = self.residents.get(model.name)
        if same:
            return same, "reload"
        victim = self.policy.victim(model.footprint_bytes(num_ctx), self.budget_bytes, list(self.residents.values()))
        return (victim, "evict") if victim else None

    def load(self, model: Model, num_ctx: int, keep_alive_s: float, now: float) -> Resident:
        """Put the model into memory."""
        resident = Resident(model, num_ctx, keep_alive_s)
        self.residents[model.name] = resident
        self._note(now, "load", resident, "asked for")
        return resident

    def remove(self, resident: Resident, event: str, why: str, now: float) -> None:
        """Take the model out of memory."""
        if self.residents.get(resident.model.name) is resident:
            del self.residents[resident.model.name]
            self._note(now, event, resident, why)

    def begin(self, resident: Resident, keep_alive_s: float) -> None:
        """A request uses the model: it stays at least until the request ends."""
        resident.users += 1
        resident.keep_alive_s = keep_alive_s
        resident.expires_at = None

    def finish(self, resident: Resident, now: float) -> None:
        """A request is done with the model; the last one starts its keep_alive, and 0 lets it go at once."""
        resident.users -= 1
        if resident.users == 0:
            resident.expires_at = now + resident.keep_alive_s
            self.expire(now)

    def expire(self, now: float) -> None:
        """Let go of all whose keep_alive is over; the log has the moment at which it was."""
        for resident in list(self.residents.values()):
            if resident.expires_at is not None and resident.expires_at <= now:
                self.remove(resident, "expire", f"keep_alive {resident.keep_alive_s:g}s", resident.expires_at)

    def to_json(self) -> dict[str, Any]:
        """Return the log as plain values."""
        return {"loads": self.loads, "events": [asdict(e) for e in self.events]}

    def _note(self, now: float, event: str, resident: Resident, why: str) -> None:
        self.events.append(MemoryEvent(round(now, 3), event, resident.model.name, resident.num_ctx, why))


def seconds_left(resident: Resident, now: float) -> float:
    """Return how long a model stays if nobody asks for it; a very long time for one that is pinned or in use."""
    ends = math.inf if resident.expires_at is None else resident.expires_at
    return min(ends - now, 100 * 365 * 86_400.0)
