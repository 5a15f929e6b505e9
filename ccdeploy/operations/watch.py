"""Watch: who is in the host's Ollama, look by look, until the time is over or somebody has seen enough.

Nothing that is asked loads a model: /api/ps at each look, /api/show once a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

from ccdeploy.clock import iso
from ccdeploy.errors import ConnectFailed, Interrupted, Refused, Unhealthy
from ccdeploy.ollama.logged_loads import LoggedLoads
from ccdeploy.ollama.thrash import Limits
from ccdeploy.ollama.watching import Watcher
from ccdeploy.operations import verify
from ccdeploy.operations.patience import patiently
from ccdeploy.operations.watched_log import WatchedLog, as_event, reason
from ccdeploy.remote.facts import gather
from ccdeploy.results.watch import Residents, Watch, WatchAlarm, WatchLine
from ccdeploy.secret import mask
from ccdeploy.shell.ollama import answers
from ccdeploy.verify import ollama
from ccdeploy.verify.resident import Looker

if TYPE_CHECKING:
    from ccdeploy.ollama.watching import Snapshot
    from ccdeploy.operations.work import Work

_LATE_BEFORE_THE_HOST_IS_ASKED = 5  # looks in a row


class View(Protocol):
    """Whoever looks on."""

    def show(self, line: WatchLine) -> bool:
        """Show what happened; False when nobody reads any more."""
        ...

    def look(self, residents: Residents) -> None:
        """Take who is there, at each look."""
        ...


@dataclass(frozen=True)
class Wish:
    """What is watched for. `for_s` None: until somebody ends it."""

    limits: Limits = field(default_factory=Limits)
    for_s: float | None = None
    every_s: float = 1.0


def watch(work: Work, wish: Wish, view: View) -> Watch:
    """Show what happens in the host's Ollama, until the time is over, Ctrl-C, or nobody reads any more.

    Its exit code is 8 when the time is over and there was thrash, 130 after Ctrl-C. A connection that is lost is
    waited for. Raises what a host raises that does not answer in the beginning, and Refused when it is not known
    where its Ollama is.
    """
    base = _base(work)
    place = verify.place(base)
    if place is None:
        raise Refused(f"{work.host.name}: {mask(base)} is no http address that the host could be asked for")
    with work.transport.http(place[1], place[0]) as client:
        return _Watching(work, wish, view, Looker(client, work.clock)).run(mask(base))


def _base(work: Work) -> str:
    """Return where the host's Ollama is: by the settings, else by the config that serves. Raises Refused."""
    if work.host.ollama is not None:
        return work.host.ollama.url.rstrip("/")
    now = verify.serving(gather(work.transport, work.host))
    bases = sorted(ollama.wanted(now.config, now.env)) if now.config else []
    if len(bases) == 1:
        return bases[0]
    name = work.host.name
    found = f"what serves names {len(bases)} Ollamas: {mask(', '.join(bases))}" if bases else "no Ollama is known"
    raise Refused(f"{name}: {found}", hint=f"set hosts.{name}.ollama.url in configs/hosts.yaml")


class _Watching:
    """One watch, and what it has seen so far."""

    def __init__(self, work: Work, wish: Wish, view: View, looker: Looker) -> None:
        self._work, self._wish, self._view, self._looker = work, wish, view, looker
        self._watcher = Watcher(wish.limits, wish.every_s)
        self._logged = LoggedLoads()
        self._began = work.clock.monotonic()
        self._until = self._began + (inf if wish.for_s is None else wish.for_s)
        self._told: Counter[str] = Counter()
        self._alarms: list[WatchAlarm] = []

    def run(self, base: str) -> Watch:
        """Look until the end, and return what it came to."""
        code = 0
        first = self._looker.look()  # not patiently: a misspelt address would be waited for without an end
        try:
            if self._looks_on(first, WatchedLog(self._work, self._wish.every_s)) and self._alarms:
                code = Unhealthy.exit_code
        except KeyboardInterrupt:
            code = Interrupted.exit_code
        except ConnectFailed:
            if not self._alarms:
                raise
            code = Unhealthy.exit_code  # the time is over, the host is away, and what was seen is enough
        return self._came_to(base, code)

    def _looks_on(self, snapshot: Snapshot, log: WatchedLog) -> bool:
        """Return True when the time is over, False when nobody reads any more."""
        while True:
            looked = self._work.clock.monotonic()
            if not all(self._is_read(line) for line in self._told_by(snapshot, log)):
                return False
            if self._watcher.residents:
                self._view.look(self._watcher.residents)
            next_look = min(looked + self._wish.every_s, self._until)
            self._work.clock.sleep(max(0.0, next_look - self._work.clock.monotonic()))
            if self._is_over():
                return all(self._is_read(line) for line in self._watcher.end())
            snapshot = patiently(self._work, self._look, back="the watch goes on", is_over=self._is_over)

    def _look(self) -> Snapshot:
        if self._looker.times_late >= _LATE_BEFORE_THE_HOST_IS_ASKED:
            self._work.transport.run(answers())  # Ollama that hangs is told from a network that is dead
        return self._looker.look()

    def _told_by(self, snapshot: Snapshot, log: WatchedLog) -> Iterator[WatchLine]:
        self._watcher.thrash.blobs.update(self._looker.blobs)
        for told in patiently(self._work, lambda: list(log.news()), back="the watch goes on", is_over=self._is_over):
            if why := reason(told):
                self._watcher.thrash.hear(snapshot.at, why)
            if told.blob:
                self._looker.know(told.blob)
            yield as_event(told, snapshot.at, self._looker.names)
            for load in self._logged.take(told, snapshot.at, self._looker.names):
                yield from self._watcher.thrash.take(load, is_logged=True)
        yield from self._watcher.take(snapshot)

    def _is_read(self, line: WatchLine) -> bool:
        self._told[line.event] += 1
        if isinstance(line, WatchAlarm):
            self._alarms.append(line)
        return self._view.show(line)

    def _is_over(self) -> bool:
        return self._work.clock.monotonic() >= self._until

    def _came_to(self, base: str, code: int) -> Watch:
        return Watch(
            host=self._work.host.name,
            ollama=base,
            at=iso(self._work.clock.now()),
            seconds=round(self._work.clock.monotonic() - self._began, 1),
            loads=max(self._told["loaded"] + self._told["reloaded"], self._logged.loads),
            reloads=max(self._told["reloaded"], self._logged.reloads),
            evictions=max(self._told["evicted"], self._logged.evictions),
            alarms=tuple(self._alarms),
            exit_code=code,
        )
