"""A watch on a terminal: who is in memory stands in its last rows, and what happens goes by above them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from ccdeploy.events import Answered, Asking, Event, Noted, Warned
from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.region import Region, console_on
from ccdeploy.report.text import safe
from ccdeploy.report.watch import event_rows, resident_lines, time_of_day, whole_seconds
from ccdeploy.results.watch import Residents, WatchAlarm, WatchLine
from ccdeploy.units import counted


class WatchScreen:
    """The view of a watch, and the observer of its connection: both write to one terminal."""

    def __init__(self, out: Unbreakable, look: Look) -> None:
        self._look = look
        self._console = console_on(out, look)
        self._lock = threading.RLock()
        self._region: Region | None = None
        self._residents: Residents | None = None
        self._began: datetime | None = None
        self._loads = self._evictions = 0
        self._alarm: WatchAlarm | None = None

    def show(self, line: WatchLine) -> bool:
        """Let what happened go by; who is in memory is in the last rows anyway."""
        with self._lock:
            self._count(line)
            if not isinstance(line, Residents):
                for number, (mark, text) in enumerate(event_rows(line, self._look)):
                    self._print_row("" if number else time_of_day(line.at), mark, text)
        return True

    def look(self, residents: Residents) -> None:
        """Show who is in memory."""
        with self._lock:
            self._began = self._began or datetime.fromisoformat(residents.at)
            self._residents = residents
            if self._region is None:
                self._region = Region(self, self._console, self._lock)
                self._region.start()

    def close(self) -> None:
        """Leave the last rows as they are."""
        with self._lock:
            was_shown = self._region is not None
            self._make_way()
            for row in self._rows() if was_shown else ():
                self._console.print(Text.from_ansi(row), soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """Show what happens to the connection; a question has the terminal for itself."""
        with self._lock:
            if isinstance(event, Asking | Answered):
                self._make_way()
            elif isinstance(event, Noted | Warned):
                mark = self._look.mark("note" if isinstance(event, Noted) else "warning")
                self._print_row(datetime.now().astimezone().strftime("%H:%M:%S"), mark, safe(event.text))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the last rows."""
        for row in self._rows():
            yield Text.from_ansi(row, no_wrap=True, overflow="ellipsis")

    def _count(self, line: WatchLine) -> None:
        self._loads += line.event in ("loaded", "reloaded")
        self._evictions += line.event == "evicted"
        if isinstance(line, WatchAlarm):
            self._alarm = line
        elif line.event == "calm":
            self._alarm = None

    def _rows(self) -> list[str]:
        return list(self._drawn()) if self._residents else []

    def _drawn(self) -> Iterator[str]:
        assert self._residents and self._began  # noqa: S101, PT018  # drawn after the first look only
        seconds = (datetime.fromisoformat(self._residents.at) - self._began).total_seconds()
        told = f"{counted(self._loads, 'load')}, {counted(self._evictions, 'eviction')}"
        yield self._look.paint(f"watched for {whole_seconds(seconds)}: {told}", "bold")
        yield from resident_lines(self._residents, self._look)
        if self._alarm:
            yield self._look.paint(f"thrash: {safe(' and '.join(self._alarm.models))}", "red")

    def _print_row(self, at: str, mark: str, text: str) -> None:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=len("00:00:00"))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(at, Text.from_ansi(mark), Text(text))
        self._console.print(grid)

    def _make_way(self) -> None:
        if self._region is not None:
            self._region.stop()
            self._region = None
