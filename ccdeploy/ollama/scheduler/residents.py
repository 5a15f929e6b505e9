"""The models that are loaded, who uses them, and when they go: the scheduler's loop of what is over (4 and 7)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from ccdeploy.ollama.scheduler.effects import Cause, Reason
from ccdeploy.ollama.scheduler.runner import Runner, Wish

EXPIRY_POLL_S = 0.01  # server/sched.go:367-470: a used model that is to go is looked at again after it


class Residents:
    """Runners by blob, in the order in which they came. `went` is told of each that goes."""

    def __init__(self, went: Callable[[Runner], None]) -> None:
        self.runners: dict[str, Runner] = {}
        self._went = went
        self._served: dict[int, Runner] = {}
        self._expired: deque[Runner] = deque()
        self._polls: list[tuple[float, int, Runner]] = []
        self._count = 0

    def serves(self, wish_id: int) -> bool:
        """Whether the request uses a model now."""
        return wish_id in self._served

    def hold(self, wish: Wish, runner: Runner) -> None:
        """The request is the first user of the model that was loaded for it."""
        self._served[wish.id] = runner

    def attach(self, wish: Wish, runner: Runner) -> None:
        """The request uses a loaded model (4): its keep_alive counts from now on, if it has one."""
        runner.users += 1
        runner.ends_at_s = None
        if wish.keep_alive_s is not None:
            runner.stays_s = wish.keep_alive_s
            runner.going = _over(wish.keep_alive_s)
        self.hold(wish, runner)

    def finish(self, wish_id: int, now_s: float) -> None:
        """One user fewer (7.1): the last one starts the keep_alive anew, and one of 0 lets the model go."""
        runner = self._served.pop(wish_id)
        runner.users -= 1
        if runner.users:
            return
        if runner.stays_s <= 0:
            self._expired.append(runner)
        else:
            runner.expires_at_s = runner.ends_at_s = now_s + runner.stays_s

    def condemn(self, runner: Runner, why: Reason) -> None:
        """Mark a model to go: now if it is idle, else when it is idle and nobody brought a keep_alive (7.4)."""
        runner.ends_at_s = None
        runner.stays_s = 0.0
        runner.going = why
        if runner.is_idle:
            self._expired.append(runner)

    def next_at_s(self) -> float:
        """Return when the next keep_alive or poll is due; infinite when none is."""
        ends = min(map(_ends_at_s, self.runners.values()), default=math.inf)
        return min(ends, self._polls[0][0]) if self._polls else ends

    def pass_to(self, at_s: float) -> None:
        """Let what is due at `at_s` happen (7.2)."""
        if self._polls and self._polls[0][0] <= at_s:
            self._expired.append(heappop(self._polls)[2])
            return
        runner = min(self.runners.values(), key=_ends_at_s)
        runner.ends_at_s = None
        runner.going = _over(runner.stays_s)
        self._expired.append(runner)

    def signature(self, now_s: float, base: int) -> tuple[object, ...]:
        """Return all that decides what will go when, relative to now and to the request `base`."""
        there = tuple(
            (r.model.blob, r.num_ctx_tokens, r.is_num_ctx_auto, r.stays_s, r.users, round(_ends_at_s(r) - now_s, 6))
            for r in self.runners.values()
        )
        served = tuple(sorted((number - base, runner.model.blob) for number, runner in self._served.items()))
        polls = tuple((round(at_s - now_s, 6), runner.model.blob) for at_s, _, runner in sorted(self._polls))
        return (there, served, polls)

    def let_go(self, now_s: float) -> bool:
        """Unload the next model that is to go (7.3); return whether there was one to look at.

        One that is used again goes when it is idle, whatever keep_alive its users bring. The event of one that is
        gone already says nothing.
        """
        if not self._expired:
            return False
        runner = self._expired.popleft()
        if not runner.is_idle:
            self._count += 1
            heappush(self._polls, (now_s + EXPIRY_POLL_S, self._count, runner))
        elif self.runners.get(runner.model.blob) is runner:
            del self.runners[runner.model.blob]
            self._went(runner)
        return True


def _over(keep_alive_s: float) -> Reason:
    return Reason(Cause.KEEP_ALIVE, "", f"{keep_alive_s:g} s")


def _ends_at_s(runner: Runner) -> float:
    return math.inf if runner.ends_at_s is None else runner.ends_at_s
