"""Recorded traffic in virtual time: which models come and go, and how long each request waits. Pure.

The same trace gives the same answer, in milliseconds of work for hours of traffic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Literal

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.effects import Abort, Admitted, Effect, Load, Loaded, Rejected, Unload
from ccdeploy.ollama.scheduler.machine import Scheduler
from ccdeploy.ollama.scheduler.runner import Wish
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.trace import Request, Trace

AFTERWARDS_S = 900.0  # how long what still goes on after the last request is looked at
ASSUMED_BYTES_PER_S = 2.2e9  # a load whose time is not known: 19.85 GB took 9 s where the incident was

Outcome = Literal["served", "gave_up", "rejected", "waiting"]
# What comes first at one instant, where Ollama leaves it to chance: who ends makes room for who arrives.
_PLACES = {"finish": 0, "loaded": 1, "leave": 2, "arrive": 3}
_WORDS: dict[type[Effect], str] = {Load: "load", Loaded: "loaded", Abort: "abort", Unload: "unload"}


@dataclass(frozen=True)
class Happening:
    """One thing that happened to a model, at `at_s` since the start of the trace."""

    at_s: float
    effect: Effect

    @property
    def word(self) -> str:
        """Its name in the output: load, loaded, abort or unload."""
        return _WORDS[type(self.effect)]


@dataclass(frozen=True)
class Answered:
    """How one request ended, and after how long of waiting; `waited_s` None: it waits to this day."""

    waited_s: float | None
    outcome: Outcome


@dataclass(frozen=True)
class Replay:
    """What a trace led to; `answers` are in the order of its requests."""

    name: str
    happenings: tuple[Happening, ...]
    answers: tuple[Answered, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values: times to 0.1 ms, as requests have them, events of one by name and blob."""
        events = [
            {
                "at_s": round(one.at_s, 4),
                "event": one.word,
                "blob": one.effect.blob,
                "model": one.effect.model,
                "why": str(one.effect.why),
            }
            for one in self.happenings
        ]
        return {
            "name": self.name,
            "events": sorted(events, key=lambda event: (event["at_s"], event["event"], event["blob"])),
            "requests": [
                {"waited_s": None if a.waited_s is None else round(a.waited_s, 3), "outcome": a.outcome}
                for a in self.answers
            ],
        }


def replay(trace: Trace) -> Replay:
    """Return what the trace leads to, up to 15 minutes after its last request."""
    simulation = Simulation(trace.server, trace.models)
    for number, request in enumerate(trace.requests):
        simulation.offer(number, request)
    simulation.run_until(max((request.at_s for request in trace.requests), default=0.0) + AFTERWARDS_S)
    answers = tuple(simulation.answer(number) for number in range(len(trace.requests)))
    return Replay(trace.name, tuple(simulation.happenings), answers)


def load_s(model: Model, bytes_per_s: float = ASSUMED_BYTES_PER_S) -> float:
    """Return how long a load takes: as measured, else by the size of the file."""
    return model.load_s if model.load_s is not None else (model.file_bytes or 0) / bytes_per_s


class Simulation:
    """One Ollama in virtual time: what is due when, beside what its scheduler does by itself.

    `bytes_per_s` is the speed of a load whose time is not known.
    """

    def __init__(self, server: Server, models: Mapping[str, Model], bytes_per_s: float = ASSUMED_BYTES_PER_S) -> None:
        self.happenings: list[Happening] = []
        self.loads = 0
        self.loading_s = 0.0
        self._scheduler = Scheduler(server)
        self._models = models
        self._load_s = {model.name: load_s(model, bytes_per_s) for model in models.values()}
        self._requests: dict[int, Request] = {}
        self._waited_s: dict[int, float] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._loading: dict[str, int] = {}  # which load of a blob is under way
        self._due: list[tuple[float, int, int, str, str]] = []

    def offer(self, number: int, request: Request) -> None:
        """Let a request arrive at its time; `number` is its own, and greater than those before it."""
        self._requests[number] = request
        self._plan(request.at_s, number, "arrive")

    def run_until(self, at_s: float) -> None:
        """Let everything happen that is due up to then."""
        while (next_s := self._next_at_s()) <= at_s:
            own = self._scheduler.next_at_s()
            if own is not None and own <= next_s:
                self._scheduler.advance(own)
            else:
                due_s, _, number, what, blob = heappop(self._due)
                self._happen(due_s, number, what, blob)
            self._take()
        self._scheduler.advance(at_s)

    def answer(self, number: int) -> Answered:
        """Return how a request has ended. Whoever is still served leaves now: nobody looks any longer."""
        outcome = self._outcomes.get(number, "gave_up" if number in self._waited_s else "waiting")
        return Answered(self._waited_s.get(number), outcome)

    def signature(self, base: int) -> tuple[object, ...]:
        """Return all that decides the future, relative to now and to the request `base`: equal means: it repeats."""
        now_s = self._scheduler.now_s
        due = sorted(
            (round(at - now_s, 6), what, n - base if what != "loaded" else 0, b) for at, _, n, what, b in self._due
        )
        return (tuple(due), self._scheduler.signature(base))

    def _plan(self, at_s: float, number: int, what: str, blob: str = "") -> None:
        heappush(self._due, (at_s, _PLACES[what], number, what, blob))

    def _next_at_s(self) -> float:
        own = self._scheduler.next_at_s()
        other = self._due[0][0] if self._due else math.inf
        return other if own is None else min(own, other)

    def _happen(self, at_s: float, number: int, what: str, blob: str) -> None:
        if what == "arrive":
            self._arrive(number, self._requests[number])
        elif what == "leave" and number not in self._outcomes:
            self._outcomes[number] = "gave_up"
            self._scheduler.leave(number, at_s)
        elif what == "finish" and number not in self._outcomes:
            self._outcomes[number] = "served"
            self._scheduler.finished(number, at_s)
        elif what == "loaded" and self._loading.get(blob) == number:
            self._scheduler.loaded(blob, at_s)

    def _arrive(self, number: int, request: Request) -> None:
        wish = Wish(number, self._models[request.model], request.num_ctx_tokens, request.keep_alive_s)
        if has_left := request.gives_up_after_s == 0:
            self._outcomes[number] = "gave_up"
        elif request.gives_up_after_s is not None:
            self._plan(request.at_s + request.gives_up_after_s, number, "leave")
        self._scheduler.arrive(wish, request.at_s, has_left=has_left)

    def _take(self) -> None:
        for at_s, effect in self._scheduler.take():
            if isinstance(effect, Effect):
                self.happenings.append(Happening(at_s, effect))
                self._follow(at_s, effect)
            elif isinstance(effect, Admitted):
                request = self._requests[effect.id]
                self._waited_s[effect.id] = at_s - request.at_s
                self._plan(at_s + request.duration_s, effect.id, "finish")
            elif isinstance(effect, Rejected):
                self._outcomes[effect.id] = "rejected"

    def _follow(self, at_s: float, effect: Effect) -> None:
        if isinstance(effect, Load):
            self.loads += 1
            self._loading[effect.blob] = self.loads
            self._plan(at_s + self._load_s[effect.model], self.loads, "loaded", effect.blob)
        elif isinstance(effect, Abort):
            del self._loading[effect.blob]
        if isinstance(effect, Loaded):
            self.loading_s += self._load_s[effect.model]
