"""An event loop whose hours take no time: when everybody waits, its clock jumps to what is due next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on such a clock, which begins at zero."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(story)


def now_s() -> float:
    """Return what the clock of the running loop says."""
    return asyncio.get_running_loop().time()


async def until_s(at_s: float) -> None:
    """Let time pass up to then."""
    await asyncio.sleep(at_s - now_s())


class _Jumps(selectors.SelectSelector):
    """A selector that passes time instead of waiting; there is nothing outside to wait for."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits, and nothing is due"
        self.now_s += max(timeout, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now_s
