"""When loads are thrash: how many come too close together, who displaces whom, and what is likely behind it.

A load counts when it is one too many: what it loads was there before, or another had to leave for
it. Models that come one after another into free memory, and models that go because nobody asks for
them, are how it should be. A swap counts once, though /api/ps shows it as two changes, or three.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from ccdeploy.clock import iso
from ccdeploy.ollama.stay import Way
from ccdeploy.results.watch import Cause, Rule, WatchAlarm
from ccdeploy.units import human_seconds

_STEADY_FROM = 3  # intervals; two may be alike by chance
_STEADY_SHARE = 0.1  # of the interval: a poller's own pauses, and a load that takes a little longer
OUT_OF_MEMORY, TAKEN_BY_OTHERS, CLIENT_LEFT = "out of memory", "taken by others", "client left"  # as the log tells


@dataclass(frozen=True)
class Limits:
    """From where on it is thrash: so many reappearances of one model, or changes of the set, within this time.

    Three times is no chance any more. Four changes in five minutes leave a model 75 seconds, and loading
    32B takes a third of that; to switch to another config and back makes three.
    """

    reappearances: int = 3
    changes: int = 4
    within_s: float = 300.0


@dataclass(frozen=True)
class Load:
    """A model came into memory. `displaced` are the names of those that left for it.

    `way` is how those went, else how the model itself had gone; None when it comes for the first time.
    """

    at: datetime
    model: str
    digest: str
    num_ctx_tokens: int | None
    displaced: tuple[str, ...] = ()
    is_reappearance: bool = False
    way: Way | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one too many."""
        return self.is_reappearance or bool(self.displaced)


@dataclass
class Thrash:
    """Counts loads, and raises each alarm once an episode: until there was none for the whole time of the limits.

    Changes are an alarm of all the models, and reappearances one of each pair. What was seen in /api/ps and what
    Ollama's log tells are counted apart, as the same load may be in both; either is enough for an alarm.

    `every_s` is how often /api/ps is looked at: no interval is known better than that. `blobs` are the
    files of the models, by name, where they are known.
    """

    limits: Limits
    every_s: float
    blobs: dict[str, str] = field(default_factory=dict)
    raised: set[tuple[Rule, frozenset[str]]] = field(default_factory=set)
    _seen: deque[Load] = field(default_factory=deque)
    _logged: deque[Load] = field(default_factory=deque)
    _told: deque[tuple[datetime, str]] = field(default_factory=deque)

    def hear(self, at: datetime, told: str) -> None:
        """Take what Ollama's log says of the reasons."""
        self._told.append((at, told))

    def take(self, load: Load, *, is_logged: bool = False) -> Iterator[WatchAlarm]:
        """Take a load and return the alarms that it sets off."""
        self._forget(load.at)
        loads = self._logged if is_logged else self._seen
        loads.append(load)
        came_back = [one for one in loads if one.digest == load.digest and one.is_reappearance]
        counted = [one for one in loads if one.counts]
        if len(counted) >= self.limits.changes and load.counts:
            yield from self._alarm("changes", len(counted), counted, load)
        if len(came_back) >= self.limits.reappearances and load.is_reappearance:
            yield from self._alarm("reappearances", len(came_back), counted, load, of=load.model)

    def is_over(self, now: datetime) -> bool:
        """Whether an episode has just ended; the same alarms may be raised again after it."""
        self._forget(now)
        if not self.raised or any(load.counts for load in (*self._seen, *self._logged)):
            return False
        self.raised.clear()
        return True

    def _forget(self, now: datetime) -> None:
        oldest = now - timedelta(seconds=self.limits.within_s)
        for loads in (self._seen, self._logged):
            while loads and loads[0].at < oldest:
                loads.popleft()
        while self._told and self._told[0][0] < oldest:
            self._told.popleft()

    def _alarm(
        self, rule: Rule, count: int, loads: Sequence[Load], last: Load, of: str | None = None
    ) -> Iterator[WatchAlarm]:
        models = _pair([load for load in loads if of in (None, load.model, *load.displaced)]) or (last.model,)
        key = (rule, frozenset(models if of else ()))
        if key in self.raised:
            return
        self.raised.add(key)
        cause = self._cause([load for load in loads if load.model in models], models)
        every_s = _steady(self._seen, self.every_s)
        within = human_seconds(self.limits.within_s)
        times = f"{count} times" if count > 1 else "once"
        what = f"{of} came back" if of else "the models in memory changed"
        yield WatchAlarm(
            at=iso(last.at),
            rule=rule,
            count=count,
            within_s=self.limits.within_s,
            models=models,
            cause=cause,
            every_s=every_s,
            text=f"thrash: {what} {times} within {within}; {self._because(cause, models, loads)}{self._aside(every_s)}",
            hint="; ".join(_HINTS[cause] + (_HINT_STEADY if every_s else ())),
        )

    def _cause(self, loads: Sequence[Load], models: Sequence[str]) -> Cause:
        ways = Counter(load.way for load in loads)
        way = max(ways, key=lambda found: ways[found]) if ways else None
        files = {self.blobs.get(name) for name in models}
        if way == "context" or (len(models) > 1 and len(files) == 1 and None not in files):
            return "one-blob"
        if way in ("evicted", "doubtful"):
            return "memory-pressure" if self._is_pressed() else "two-models"
        return "keep-alive" if way == "expired" else "unknown"

    def _is_pressed(self) -> bool:
        return any(told in (OUT_OF_MEMORY, TAKEN_BY_OTHERS) for _, told in self._told)

    def _because(self, cause: Cause, models: Sequence[str], loads: Sequence[Load]) -> str:
        names = " and ".join(models)
        match cause:
            case "one-blob":
                contexts = sorted({load.num_ctx_tokens or 0 for load in loads if load.model in models} - {0})
                sizes = f" ({' and '.join(map(str, contexts))})" if len(contexts) > 1 else ""
                share = f"{names} share one file and are" if len(models) > 1 else f"{names} is"
                return f"{share} asked for with different contexts{sizes}, and each makes it load anew (ollama#10948)"
            case "memory-pressure":
                return f"{names} displace each other, as what else runs on the host leaves no memory for both"
            case "two-models":
                doubt = all(load.way == "doubtful" for load in loads if load.model in models)
                other = ", or are asked for with keep_alive 0" if doubt else ""
                return f"{names} displace each other: likely they do not fit into memory together{other}"
            case "keep-alive":
                return f"{names} leaves memory before it is asked for again: keep_alive is 0, or too short"
        return f"{names} leaves memory early and is loaded again: unloaded by hand, or loads that fail"

    def _aside(self, every_s: float | None) -> str:
        paced = f"; each comes again every {human_seconds(every_s)}, as by a health check" if every_s else ""
        count = sum(told == CLIENT_LEFT for _, told in self._told)
        short = f"; {count} more were given up by clients whose time-out is shorter than a load" if count else ""
        return paced + short


def _pair(loads: Sequence[Load]) -> tuple[str, ...]:
    """Return the two that displace each other most, the one that was loaded last first; nothing for none."""
    pairs = Counter(frozenset((load.model, other)) for load in loads for other in load.displaced)
    if not pairs:
        return ()
    names = max(pairs, key=lambda pair: pairs[pair])
    return tuple(dict.fromkeys(load.model for load in reversed(loads) if load.model in names)) + tuple(
        sorted(names - {load.model for load in loads})
    )


def _steady(loads: Iterable[Load], every_s: float) -> float | None:
    """Return the interval at which each model comes again, if there is one."""
    times: dict[str, list[datetime]] = {}
    for load in loads:
        times.setdefault(load.digest, []).append(load.at)
    gaps = [(b - a).total_seconds() for found in times.values() for a, b in pairwise(found)]
    if len(gaps) < _STEADY_FROM:
        return None
    middle = median(gaps)
    most = max(_STEADY_SHARE * middle, 1.5 * every_s)
    return round(middle, 1) if middle > 3 * every_s and all(abs(gap - middle) <= most for gap in gaps) else None


_HINTS: dict[Cause, tuple[str, ...]] = {
    "two-models": ("see with `ccdeploy plan` which contexts fit together, or keep to one of them in this phase",),
    "one-blob": ("give both the same num_ctx",),
    "keep-alive": ("set keep_alive, such as 30m, where ollama_chat/ stands before the model",),
    "memory-pressure": ("end what else takes memory on the host, or keep to one of them",),
    "unknown": ("look at Ollama's log on the host",),
}
_HINT_STEADY = ("poll /health/liveliness, not /health, and see `ccdeploy check` for background health checks",)
