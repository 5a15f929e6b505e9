"""Ollama's scheduler in real time: the one that a plan is made with, on the clock of the event loop. Knows no HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from functools import cached_property

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.effects import Abort, Admitted, AnyEffect, Effect, Load, Rejected
from ccdeploy.ollama.scheduler.machine import Scheduler
from ccdeploy.ollama.scheduler.runner import Runner, Wish
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import Happening, load_s
from ccdeploy.sandbox.ollama.log import Log
from ccdeploy.sandbox.ollama.memory import LoggedMemory

_FOREVER_S = 9_223_372_036.0  # Go's longest duration: what Ollama makes of a negative keep_alive


class Busy(Exception):
    """Too many requests wait."""


class Engine:
    """One Ollama. `happenings` is all that happened to its models, as a replay of the same traffic would tell it.

    Everything runs in one event loop: a request waits for its future, a load and the end of a keep_alive for a timer.
    """

    def __init__(self, server: Server, log: Log) -> None:
        self.server = server
        self.happenings: list[Happening] = []
        self.calls = 0
        self._log = log
        self._scheduler = Scheduler(server, LoggedMemory(server, log))
        self._models: dict[str, Model] = {}
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._loading: dict[str, asyncio.TimerHandle] = {}
        self._timer: asyncio.TimerHandle | None = None

    def now_s(self) -> float:
        """Return seconds since the first request."""
        began = self._began
        return self._loop.time() - began

    @property
    def loads(self) -> int:
        """How many times a model was loaded; one whose load was broken off counts."""
        return sum(isinstance(one.effect, Load) for one in self.happenings)

    async def admitted(self, model: Model, num_ctx_tokens: int | None, keep_alive_s: float | None) -> int:
        """Wait until the model is there for a request, and return the number to end it by.

        Raises Busy. Whoever is cancelled while waiting leaves, as a client does that hangs up.
        """
        self.calls += 1
        number = self.calls
        self._models[model.name] = model
        self._waiting[number] = waiting = self._loop.create_future()
        self._scheduler.arrive(Wish(number, model, num_ctx_tokens, keep_alive_s), self.now_s())
        self._settle()
        try:
            await waiting
        except asyncio.CancelledError:
            self._waiting.pop(number, None)
            self._scheduler.leave(number, self.now_s())
            self._settle()
            raise
        return number

    def end(self, number: int) -> None:
        """A request has its answer, or nobody wants it any more."""
        self._scheduler.finished(number, self.now_s())
        self._settle()

    def unload(self, model: Model) -> None:
        """Let a model go: at once, or when nobody uses it any more."""
        self._scheduler.unload(model.blob, self.now_s())
        self._settle()

    def residents(self) -> Sequence[tuple[Runner, float]]:
        """Return the loaded models, each with the seconds until it goes: who stays longest comes first (10.4)."""
        now_s = self.now_s()
        found = [(runner, _left_s(runner, now_s)) for runner in self._scheduler.runners.values()]
        return sorted(found, key=lambda pair: -pair[1])

    async def tokens(self, count: int, per_s: float) -> AsyncIterator[str]:
        """Yield `count` numbered words at a steady pace, so that a cut shows."""
        began = time.monotonic()
        for number in range(1, count + 1):
            await asyncio.sleep(max(0.0, began + (number - 1) / per_s - time.monotonic()))
            yield f"{number} "

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    @cached_property
    def _began(self) -> float:
        return self._loop.time()

    def _settle(self) -> None:
        """Do what the scheduler decided, and come back when something is due by itself."""
        for at_s, effect in self._scheduler.take():
            self._do(at_s, effect)
        if self._timer:
            self._timer.cancel()
        due_s = self._scheduler.next_at_s()
        self._timer = None if due_s is None else self._loop.call_at(self._began + due_s, self._tick)

    def _tick(self) -> None:
        self._scheduler.advance(self.now_s())
        self._settle()

    def _do(self, at_s: float, effect: AnyEffect) -> None:
        if isinstance(effect, Effect):
            self.happenings.append(Happening(at_s, effect))
            self._follow(at_s, effect)
        elif (waiting := self._waiting.pop(effect.id, None)) is not None and not waiting.done():
            if isinstance(effect, Rejected):
                waiting.set_exception(Busy())
            elif isinstance(effect, Admitted):
                waiting.set_result(None)

    def _follow(self, at_s: float, effect: Effect) -> None:
        if isinstance(effect, Load):
            self._log.starting(effect, self.server.num_parallel)
            up_s = at_s + load_s(self._models[effect.model])
            self._loading[effect.blob] = self._loop.call_at(self._began + up_s, self._loaded, effect.blob, at_s)
        elif isinstance(effect, Abort):
            self._log.aborted()
            self._loading.pop(effect.blob).cancel()

    def _loaded(self, blob: str, since_s: float) -> None:
        del self._loading[blob]
        self._scheduler.loaded(blob, self.now_s())
        self._log.started(self.now_s() - since_s, len(self._scheduler.runners))
        self._settle()


def _left_s(runner: Runner, now_s: float) -> float:
    ends_s = now_s + runner.stays_s if runner.expires_at_s is None else runner.expires_at_s
    return min(ends_s - now_s, _FOREVER_S)
