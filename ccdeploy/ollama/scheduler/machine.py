"""The scheduler: a state machine. What happens goes in with its time, what it does comes out as effects.

It has no clock and starts nothing. Numbers in docstrings are the rules of the package's docstring.
"""

from __future__ import annotations

import math
from collections import deque
from heapq import heappop, heappush

from ccdeploy.ollama.scheduler.effects import (
    Abort,
    Admitted,
    AnyEffect,
    Cause,
    Load,
    Loaded,
    Reason,
    Rejected,
    Unload,
)
from ccdeploy.ollama.scheduler.fit import Memory
from ccdeploy.ollama.scheduler.options import is_num_ctx_auto, needs_reload, wanted_num_ctx
from ccdeploy.ollama.scheduler.residents import Residents
from ccdeploy.ollama.scheduler.rules import rules_of
from ccdeploy.ollama.scheduler.runner import Runner, Wish
from ccdeploy.ollama.scheduler.victim import pick
from ccdeploy.ollama.server import Server

REQUEUE_S = 0.25  # v0.11.4, server/sched.go:245-273: a load that waited for another one goes to the back after it


class Scheduler:
    """One Ollama's scheduler. Every method takes the time in seconds, which never goes back.

    Tell it who arrives, leaves and is served to the end, and when a load is up; take what it does from `take`.
    When `next_at_s` is reached, call `advance`.
    """

    def __init__(self, server: Server, memory: Memory | None = None) -> None:
        self.server = server
        self.rules = rules_of(server.version)
        self.memory = memory or Memory(server)
        self.now_s = 0.0
        self._residents = Residents(self._went)
        self._effects: list[tuple[float, AnyEffect]] = []
        self._pending: deque[Wish] = deque()
        self._gone: set[int] = set()  # who left while they were queued or scheduled
        self._current: Wish | None = None  # who is being scheduled
        self._waits = False  # ... and waits for some model to go
        self._freed = 0  # how many went since it waits
        self._loading: dict[str, tuple[Wish, Runner]] = {}
        self._blocked: set[int] = set()  # who waited for another load to end, before 0.11.5
        self._requeued: list[tuple[float, int, Wish]] = []

    @property
    def runners(self) -> dict[str, Runner]:
        """The loaded models by blob, in the order in which they came."""
        return self._residents.runners

    def arrive(self, wish: Wish, now_s: float, *, has_left: bool = False) -> None:
        """A request arrives (2.3, 2.4): a loaded model serves it at once, past everybody who waits.

        One whose client `has_left` by then is queued and dropped, whatever is loaded (2.7).
        """
        self.advance(now_s)
        runner = self.runners.get(wish.model.blob)
        may_pass = self.rules.hits_pass and not has_left
        if may_pass and runner and not needs_reload(runner, wish, self.server, self.rules):
            self._admit(wish, runner)
        elif len(self._pending) >= self.server.max_queue:
            self._do(Rejected(wish.id))
        else:
            self._pending.append(wish)
            if has_left:
                self._gone.add(wish.id)
            self._run()

    def leave(self, wish_id: int, now_s: float) -> None:
        """A client leaves. In the queue nobody notices (2.6); its load is ended (8.10); else it is as if served."""
        self.advance(now_s)
        if self._residents.serves(wish_id):
            self._residents.finish(wish_id, self.now_s)
        elif found := next((pair for pair in self._loading.values() if pair[0].id == wish_id), None):
            self._abort(*found)
        elif self._is_waiting(wish_id):
            self._gone.add(wish_id)
        self._run()

    def finished(self, wish_id: int, now_s: float) -> None:
        """A request has been served."""
        self.advance(now_s)
        self._residents.finish(wish_id, self.now_s)
        self._run()

    def loaded(self, blob: str, now_s: float) -> None:
        """The server of a Load is up (8.9): its request is let in."""
        self.advance(now_s)
        wish, runner = self._loading.pop(blob)
        self.runners[blob] = runner
        self._do(Loaded(blob, runner.model.name, Reason(Cause.REQUEST, wish.model.name)))
        self._residents.hold(wish, runner)
        self._do(Admitted(wish.id, blob))
        self._load_ended()
        self._run()

    def unload(self, blob: str, now_s: float) -> None:
        """An unload call (10.2): at once, or when nobody uses the model any more; a loading one does not notice."""
        self.advance(now_s)
        runner = self.runners.get(blob)
        if runner and blob not in self._loading:
            self._residents.condemn(runner, Reason(Cause.UNLOAD))
            runner.expires_at_s = now_s
            self._run()

    def advance(self, now_s: float) -> None:
        """Let time pass: keep_alives end in their order."""
        while (at_s := self.next_at_s()) is not None and at_s <= now_s:
            self.now_s = max(at_s, self.now_s)
            if self._requeued and self._requeued[0][0] <= at_s:
                self._pending.append(heappop(self._requeued)[2])
            else:
                self._residents.pass_to(at_s)
            self._run()
        self.now_s = max(now_s, self.now_s)

    def next_at_s(self) -> float | None:
        """Return when something happens by itself; None when nothing will."""
        soonest = self._residents.next_at_s()
        if self._requeued:
            soonest = min(soonest, self._requeued[0][0])
        return None if soonest == math.inf else soonest

    def take(self) -> list[tuple[float, AnyEffect]]:
        """Return what was done since the last call, each with its time."""
        done, self._effects = self._effects, []
        return done

    def signature(self, base: int) -> tuple[object, ...]:
        """Return all that decides what it will do, relative to now and to the request `base`."""
        return (
            self._residents.signature(self.now_s, base),
            tuple(wish.id - base for wish in self._pending),
            self._current and self._current.id - base,
            self._waits and self._freed,
            tuple(sorted(number - base for number in self._gone)),
            tuple((blob, wish.id - base) for blob, (wish, _) in self._loading.items()),
            tuple((round(at_s - self.now_s, 6), number - base) for at_s, number, _ in sorted(self._requeued)),
        )

    # The loop of pending requests (5).

    def _run(self) -> None:
        """Let both loops work until neither has anything to do."""
        while self._residents.let_go(self.now_s) or self._may_schedule():
            if self._may_schedule():
                self._schedule()

    def _is_waiting(self, wish_id: int) -> bool:
        waiting = (self._current, *self._pending, *(wish for _, _, wish in self._requeued))
        return any(wish is not None and wish.id == wish_id for wish in waiting)

    def _may_schedule(self) -> bool:
        if self._loading and self.rules.blocks_while_loading:
            return False
        if self._current is None:
            return bool(self._pending)
        return not self._waits or self._freed > 0

    def _schedule(self) -> None:
        """Take the next one, or go on with the one that waited: everybody behind it waits too (5.2, 5.3)."""
        if self._current is None:
            wish = self._pending.popleft()
            self._freed = 0  # what went while nobody waited is nobody's event (5.1)
            if wish.id in self._gone:
                self._gone.discard(wish.id)
                return
            self._current = wish
        elif self._waits:
            self._freed -= 1
            self._waits = False
        self._decide(self._current)

    def _decide(self, wish: Wish) -> None:
        """Attach, load, or say who has to go (5.3); nobody looks whether the client is still there."""
        runner = self.runners.get(wish.model.blob)
        if runner is not None and wish.model.blob in self._loading:
            self._waits = True  # before 0.11.5 a loading model is there, and locked
        elif runner is not None:
            self._reuse(wish, runner)
        elif len(self.runners) >= self.server.cap:
            self._evict(Reason(Cause.CAP, wish.model.name, f"at most {self.server.cap} models"))
        elif self._loading or wish.id in self._blocked:
            self._stand_back(wish)
        else:
            fit = self.memory.fit(wish.model, wanted_num_ctx(wish, self.server), self.runners.values())
            if self.runners and not fit.is_good:
                self._evict(Reason(Cause.ROOM, wish.model.name, str(fit)))
            else:
                self._load(wish)

    def _reuse(self, wish: Wish, runner: Runner) -> None:
        if needs_reload(runner, wish, self.server, self.rules):
            wanted = wish.model.clamped(wanted_num_ctx(wish, self.server))
            detail = f"num_ctx {runner.num_ctx_tokens} -> {wanted}"
            self._wait_for(runner, Reason(Cause.OPTIONS, wish.model.name, detail))
        else:
            self._current = None
            self._admit(wish, runner)

    def _evict(self, why: Reason) -> None:
        victim = pick(self.runners.values())
        if victim is not None:
            self._wait_for(victim, why)

    def _wait_for(self, victim: Runner, why: Reason) -> None:
        """Wait for any model to go; this one has been told to (5.3, steps 6 and 7)."""
        self._residents.condemn(victim, why)
        self._waits = True

    def _stand_back(self, wish: Wish) -> None:
        """Wait for the load under way, then go to the back of the queue (11, up to 0.11.4)."""
        if self._loading:
            self._blocked.add(wish.id)
            self._waits = True
        else:
            self._blocked.discard(wish.id)
            self._current = None
            heappush(self._requeued, (self.now_s + REQUEUE_S, wish.id, wish))

    def _load(self, wish: Wish) -> None:
        """Start a server for the model (8). A client that left meanwhile ends it at once (5.6)."""
        model, self._current = wish.model, None
        wanted = wanted_num_ctx(wish, self.server)
        effective = model.clamped(wanted)
        runner = Runner(
            model=model,
            num_ctx_tokens=effective if self.rules.compares_effective_options else wanted,
            is_num_ctx_auto=is_num_ctx_auto(wish, self.server),
            vram_bytes=self.memory.vram_bytes(model, wanted),
            stays_s=self.server.keep_alive_s if wish.keep_alive_s is None else wish.keep_alive_s,
            users=1,
        )
        self._do(Load(model.blob, model.name, Reason(Cause.REQUEST, model.name), runner.num_ctx_tokens))
        self._loading[model.blob] = (wish, runner)
        if not self.rules.blocks_while_loading:
            self.runners[model.blob] = runner
        if wish.id in self._gone:
            self._gone.discard(wish.id)
            self._abort(wish, runner)

    def _abort(self, wish: Wish, runner: Runner) -> None:
        blob, why = runner.model.blob, Reason(Cause.CLIENT_LEFT, wish.model.name)
        del self._loading[blob]
        self.runners.pop(blob, None)
        self._do(Abort(blob, runner.model.name, why))
        self._do(Unload(blob, runner.model.name, why))
        self._load_ended()

    def _load_ended(self) -> None:
        """Before 0.11.5 whoever waits for a load goes on when it is over."""
        if not self.rules.blocks_while_loading:
            self._freed += 1

    def _admit(self, wish: Wish, runner: Runner) -> None:
        """Let a request use a model; one that left while it was scheduled, before 0.11.5, leaves again at once."""
        self._residents.attach(wish, runner)
        if wish.id in self._gone:
            self._gone.discard(wish.id)
            self._residents.finish(wish.id, self.now_s)
        else:
            self._do(Admitted(wish.id, runner.model.blob))

    def _went(self, runner: Runner) -> None:
        self._freed += 1
        self._do(Unload(runner.model.blob, runner.model.name, runner.going))

    def _do(self, effect: AnyEffect) -> None:
        self._effects.append((self.now_s, effect))
