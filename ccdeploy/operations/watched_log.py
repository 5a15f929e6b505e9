"""What Ollama's own log adds to a watch: that a load begins, what it is predicted to need, that a client has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.errors import CommandFailed
from ccdeploy.ollama.log.scheduler import LoadLine, load_line
from ccdeploy.ollama.thrash import CLIENT_LEFT, OUT_OF_MEMORY, TAKEN_BY_OTHERS
from ccdeploy.remote.ollama import last_start_on
from ccdeploy.remote.ollama_log import OllamaLog
from ccdeploy.results.watch import WatchEvent
from ccdeploy.shell.ollama import JOURNAL

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work

_LOOKS = 2  # of /api/ps to one question for the log: a round trip, and a few programs on the host


class WatchedLog:
    """The log, where there is one that can be read; where there is none, that is said once."""

    def __init__(self, work: Work, every_s: float) -> None:
        self._work = work
        self._log = self._found()
        self._every_s = _LOOKS * every_s
        self._asked_at = work.clock.monotonic()
        self._last: LoadLine | None = None
        if self._log:
            self._log.lines()  # what was written before the watch is not of it

    def news(self) -> Iterator[LoadLine]:
        """Return what was written of loads since the last time, and not at every look."""
        now = self._work.clock.monotonic()
        if self._log is None or now - self._asked_at < self._every_s:
            return
        lines = self._log.lines()
        self._asked_at = now
        for told in filter(None, map(load_line, lines)):
            # Ollama 0.30 writes that it started twice.
            if told != self._last or told.told != "started":
                yield told
            self._last = told

    def _found(self) -> OllamaLog | None:
        name = self._work.host.name
        try:
            found = last_start_on(self._work.transport, self._work.host)
        except CommandFailed:
            found = None
        if found is None:
            self._work.say(f"{name}: no log of Ollama's can be read there, so what it says of loads is not shown")
        elif found.place == JOURNAL:
            self._work.say(f"{name}: Ollama's log is in systemd's journal, which is not followed; /api/ps is")
        else:
            return OllamaLog(self._work.transport, found.place)
        return None


def as_event(told: LoadLine, at: datetime, names: Mapping[str, str]) -> WatchEvent:
    """Return a line of the log as what is shown; a file is named by the model that it was seen as."""
    model = names.get(told.blob) if told.blob else None
    of = f" of {model or told.blob[:19]}" if told.blob else ""
    return WatchEvent("log", iso(at), f"log: {told.text.replace('a load begins', f'a load{of} begins')}", model)


def reason(told: LoadLine) -> str | None:
    """Return what a line says of why models are loaded again and again, as an alarm takes it."""
    if told.is_pressed:
        return TAKEN_BY_OTHERS
    return {"out-of-memory": OUT_OF_MEMORY, "client-left": CLIENT_LEFT}.get(told.told)
