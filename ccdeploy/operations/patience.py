"""Patience with a host: while it is out of reach, that is said once, and it is tried again until it is back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeVar

from ccdeploy.errors import CommandTimedOut, ConnectionLost, HostUnreachable

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work

T = TypeVar("T")

_PASSING = (ConnectionLost, CommandTimedOut, HostUnreachable)  # what may heal by itself; a changed key does not
_WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before each new attempt to connect, the last one again and again


def patiently(work: Work, ask: Callable[[], T], *, back: str, is_over: Callable[[], bool] = lambda: False) -> T:
    """Return the answer; `back` is said when a lost host is there again. What is lost when `is_over` is raised."""
    waits = chain(_WAITS_S, repeat(_WAITS_S[-1]))
    name = work.host.name
    is_lost = False
    while True:
        try:
            answer = ask()
        except _PASSING:
            if is_over():
                raise
            if not is_lost:
                work.warn(f"{name}: the connection was lost; trying again until it is back, Ctrl-C ends it")
            is_lost = True
            work.clock.sleep(next(waits))
            continue
        if is_lost:
            work.say(f"{name}: connected again; {back}")
        return answer
