"""Recorded traffic in virtual time: which models come and go, and how long each request waits. Pure.

The same trace gives the same answer, in milliseconds of work for hours of traffic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, Literal

from ccdeploy.ollama.scheduler.effects import Abort, Admitted, Effect, Load, Loaded, Rejected, Unload
from ccdeploy.ollama.scheduler.machine import Scheduler
from ccdeploy.ollama.scheduler.runner import Wish
from ccdeploy.ollama.trace import Request, Trace

AFTERWARDS_S = 900.0  # how long what still goes on after the last request is looked at
ASSUMED_BYTES_PER_S = 2e9  # a load whose time is not known: what the recorded ones of the incident's models did

Outcome = Literal["served", "gave_up", "rejected", "waiting"]
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
        """Return it as plain values, times to the millisecond, events of one of them by name and blob."""
        events = [
            {
                "at_s": round(one.at_s, 3),
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
    return _Run(trace).replay()


class _Run:
    """One run: what is due when, beside what the scheduler does by itself."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.scheduler = Scheduler(trace.server)
        self.happenings: list[Happening] = []
        self.waited_s: dict[int, float] = {}
        self.outcomes: dict[int, Outcome] = {}
        self.loads = 0
        self.loading: dict[str, int] = {}  # which load of a blob is under way
        self.due: list[tuple[float, int, str, Any]] = []

    def replay(self) -> Replay:
        requests = self.trace.requests
        self.due = [(request.at_s, number, "arrive", request) for number, request in enumerate(requests)]
        heapify(self.due)
        ends_at_s = max((request.at_s for request in requests), default=0.0) + AFTERWARDS_S
        while (at_s := self._next_at_s()) <= ends_at_s:
            own = self.scheduler.next_at_s()
            if own is not None and own <= at_s:
                self.scheduler.advance(own)
            else:
                at_s, number, what, about = heappop(self.due)
                self._happen(at_s, number, what, about)
            self._take()
        answers = tuple(self._answer(number) for number in range(len(requests)))
        return Replay(self.trace.name, tuple(self.happenings), answers)

    def _next_at_s(self) -> float:
        own = self.scheduler.next_at_s()
        other = self.due[0][0] if self.due else math.inf
        return other if own is None else min(own, other)

    def _happen(self, at_s: float, number: int, what: str, about: Any) -> None:
        if what == "arrive":
            self._arrive(number, about)
        elif what == "leave" and number not in self.outcomes:
            self.outcomes[number] = "gave_up"
            self.scheduler.leave(number, at_s)
        elif what == "finish" and number not in self.outcomes:
            self.outcomes[number] = "served"
            self.scheduler.finished(number, at_s)
        elif what == "loaded" and self.loading.get(about) == number:
            self.scheduler.loaded(about, at_s)

    def _arrive(self, number: int, request: Request) -> None:
        if request.gives_up_after_s is not None:
            heappush(self.due, (request.at_s + request.gives_up_after_s, number, "leave", None))
        model = self.trace.models[request.model]
        wish = Wish(number, model, request.num_ctx_tokens, request.keep_alive_s)
        self.scheduler.arrive(wish, request.at_s)

    def _take(self) -> None:
        for at_s, effect in self.scheduler.take():
            if isinstance(effect, Effect):
                self.happenings.append(Happening(at_s, effect))
                self._follow(at_s, effect)
            elif isinstance(effect, Admitted):
                request = self.trace.requests[effect.id]
                self.waited_s[effect.id] = at_s - request.at_s
                heappush(self.due, (at_s + request.duration_s, effect.id, "finish", None))
            elif isinstance(effect, Rejected):
                self.outcomes[effect.id] = "rejected"

    def _follow(self, at_s: float, effect: Effect) -> None:
        if isinstance(effect, Load):
            self.loads += 1
            self.loading[effect.blob] = self.loads
            heappush(self.due, (at_s + self._load_s(effect.blob), self.loads, "loaded", effect.blob))
        elif isinstance(effect, Abort):
            del self.loading[effect.blob]

    def _load_s(self, blob: str) -> float:
        model = next(model for model in self.trace.models.values() if model.blob == blob)
        return model.load_s if model.load_s is not None else (model.file_bytes or 0) / ASSUMED_BYTES_PER_S

    def _answer(self, number: int) -> Answered:
        # Who is still served when nobody looks any longer has not been served to the end: its client leaves then.
        outcome = self.outcomes.get(number, "gave_up" if number in self.waited_s else "waiting")
        return Answered(self.waited_s.get(number), outcome)
