"""Requests that need a model: waiting for memory, loading, pacing. Asynchronous; knows no HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ccdeploy.sandbox.ollama.catalogue import Model
from ccdeploy.sandbox.ollama.memory import Memory, Resident


class Engine:
    """One memory and one loader: a load makes later loads wait, and nobody whose model is there."""

    def __init__(self, memory: Memory, load_s: float, tokens_per_s: float) -> None:
        self.memory = memory
        self.tokens_per_s = tokens_per_s
        self.calls = 0
        self._load_s = load_s
        self._began = time.monotonic()
        self._loader = asyncio.Lock()
        self._freed = asyncio.Condition()

    def now(self) -> float:
        """Return seconds since the engine started."""
        return time.monotonic() - self._began

    @asynccontextmanager
    async def using(self, model: Model, num_ctx: int | None, keep_alive_s: float) -> AsyncIterator[Resident]:
        """Hold the model in memory while a request runs, loaded first where that is needed."""
        self.calls += 1
        resident = await self._resident(model, model.effective_num_ctx(num_ctx), keep_alive_s)
        try:
            yield resident
        finally:
            self.memory.finish(resident, self.now())
            async with self._freed:
                self._freed.notify_all()

    def unload(self, model: Model) -> None:
        """Let a model go: at once, or when the requests that use it have ended."""
        resident = self.memory.residents.get(model.name)
        if resident and resident.users == 0:
            self.memory.remove(resident, "unload", "asked for", self.now())
        elif resident:
            resident.keep_alive_s = 0

    async def tokens(self, count: int, per_s: float) -> AsyncIterator[str]:
        """Yield `count` numbered words at a steady pace, so that a cut shows."""
        began = time.monotonic()
        for number in range(1, count + 1):
            await asyncio.sleep(max(0.0, began + (number - 1) / per_s - time.monotonic()))
            yield f"{number} "

    async def _resident(self, model: Model, num_ctx: int, keep_alive_s: float) -> Resident:
        self.memory.expire(self.now())
        resident = self.memory.ready(model, num_ctx)
        if resident is None:
            async with self._loader:
                resident = self.memory.ready(model, num_ctx) or await self._load(model, num_ctx, keep_alive_s)
        self.memory.begin(resident, keep_alive_s)
        return resident

    async def _load(self, model: Model, num_ctx: int, keep_alive_s: float) -> Resident:
        while found := self.memory.in_the_way(model, num_ctx):
            victim, event = found
            if victim.users:
                await self._idle(victim)
            why = f"num_ctx {victim.num_ctx} -> {num_ctx}" if event == "reload" else f"room for {model.name}"
            self.memory.remove(victim, event, why, self.now())
        await asyncio.sleep(self._load_s)
        return self.memory.load(model, num_ctx, keep_alive_s, self.now())

    async def _idle(self, resident: Resident) -> None:
        async with self._freed:
            await self._freed.wait_for(lambda: not resident.users)
