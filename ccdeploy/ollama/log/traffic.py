"""Who asked Ollama for what, pieced together from its log: GIN's lines, the loads, and what debug lines name.

A request of which no line names the model gets the one that it waited for, or the only one that the log
loads. That is a guess, and says so; where there is nothing to guess from, the model is None.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ccdeploy.ollama.endpoints import may_load
from ccdeploy.ollama.log.finished import Finished, finished
from ccdeploy.ollama.log.loads import Load, LoadReader
from ccdeploy.ollama.log.requests import Served, served

_SECOND = timedelta(seconds=1)  # GIN writes no fractions
_NEAR = timedelta(seconds=3)  # between a request's line and the one of its end


class Known(StrEnum):
    """From what the model of a request is known."""

    TOLD = "told"  # a debug line names it
    WAITED = "waited-for-load"  # a guess: it was loaded while the request was open
    ONLY = "only-load"  # a guess: the log loads no other
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Call:
    """One request for a model. `took_s` is without the load that it waited for, as far as the log tells of one.

    The model is known by `name` or by `blob`, the digest of its file; both are None when nothing tells it.
    """

    began_at: datetime
    took_s: float
    whole_s: float
    status: int
    path: str
    is_left: bool
    known: Known
    name: str | None = None
    blob: str | None = None
    num_ctx_tokens: int | None = None


class TrafficReader:
    """Reads the traffic of a log, line by line."""

    def __init__(self) -> None:
        self._loads = LoadReader()
        self._served: list[Served] = []
        self._ends: list[Finished] = []

    @property
    def loads(self) -> tuple[Load, ...]:
        """The loads that were read."""
        return tuple(self._loads.loads)

    @property
    def is_any(self) -> bool:
        """Whether a line of Ollama's was read that tells of a request or a load."""
        return bool(self._served or self._loads.loads)

    def read(self, line: str) -> None:
        """Take a line into account."""
        if (one := served(line)) is not None:
            if one.method == "POST" and may_load(one.method, one.path):
                self._served.append(one)
        elif (end := finished(line)) is not None:
            self._ends.append(end)
        else:
            self._loads.read(line)

    def calls(self) -> list[Call]:
        """Return every request for a model, in the order in which they came."""
        named = _named(self._served, self._ends)
        loads = sorted(self.loads, key=lambda load: load.at)
        blobs = {load.blob for load in loads}
        only = next(iter(blobs)) if len(blobs) == 1 else None
        found = [_call(one, end, only, loads) for one, end in zip(self._served, named, strict=True)]
        return sorted(found, key=lambda call: call.began_at)


def _call(one: Served, end: Finished | None, only: str | None, loads: Sequence[Load]) -> Call:
    waited = _waited_for(one, end.blob if end else None, loads)
    took_s = one.took_s
    if waited and waited.ended_at:
        took_s = min(took_s, max((one.ended_at - waited.ended_at).total_seconds(), 0.0))
    common = (one.began_at, took_s, one.took_s, one.status, one.path, one.is_left)
    if end:
        return Call(*common, Known.TOLD, end.name, end.blob, end.num_ctx_tokens)
    if waited:
        return Call(*common, Known.WAITED, None, waited.blob, waited.num_ctx_tokens)
    return Call(*common, Known.ONLY if only else Known.UNKNOWN, None, only)


def _waited_for(one: Served, blob: str | None, loads: Sequence[Load]) -> Load | None:
    """Return the load that began while the request was open: the last, of its own model where that is told."""
    first = bisect_left(loads, one.began_at - _SECOND, key=lambda load: load.at)
    end = bisect_right(loads, one.ended_at, key=lambda load: load.at)
    found = [load for load in loads[first:end] if blob in (None, load.blob)]
    # Of several models that were loaded meanwhile none is more likely than the other.
    return found[-1] if len({load.blob for load in found}) == 1 else None


def _named(calls: list[Served], ends: Iterable[Finished]) -> list[Finished | None]:
    """Return the end of each request: the first one near it in time that is no other's."""
    left = deque(sorted(ends, key=lambda end: end.at))
    named: list[Finished | None] = []
    for one in calls:
        while left and left[0].at < one.ended_at - _NEAR:
            left.popleft()
        named.append(left.popleft() if left and left[0].at <= one.ended_at + _NEAR else None)
    return named
