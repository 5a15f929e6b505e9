"""Progress for a person: a live checklist. The running step turns, a finished one stays with its time.

A step is kept in the live region, with all that belongs to it, until it ends; so a heading always
stands above its checks. The sentence of a failed step waits for what comes next: it is often the
verb's own last sentence, and need not be read twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ccdeploy.events import (
    Answered,
    Asking,
    Checked,
    Event,
    Found,
    LogShown,
    Noted,
    Printed,
    StepDone,
    StepFailed,
    StepMoved,
    StepStarted,
    Warned,
)
from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.region import Region, console_on
from ccdeploy.report.text import finding_line, safe
from ccdeploy.units import human_seconds

_INDENT = "  "


@dataclass
class _Line:
    """One line of the list; a step while it runs has no status."""

    body: str
    status: str | None = None
    depth: int = 0
    began: float = 0.0
    so_far: str = ""
    tail: str = ""
    children: list[_Line] = field(default_factory=list)

    def flat(self) -> Iterator[_Line]:
        yield self
        for child in self.children:
            yield from child.flat()


class Terminal:
    """An observer that keeps a live checklist on a terminal."""

    def __init__(self, out: Unbreakable, look: Look) -> None:
        self._look = look
        self._console = console_on(out, look)
        self._spinner = Spinner("dots" if look.has_unicode else "line", style="cyan" if look.has_colour else "")
        self._open: list[_Line] = []
        self._pending = ""
        self._region: Region | None = None
        self._lock = threading.RLock()  # a heartbeat may warn from its own thread

    def __call__(self, event: Event) -> None:
        """Show an event."""
        with self._lock:
            if not isinstance(event, StepMoved):
                self._take(event)
            elif self._open:
                self._open[-1].so_far = event.detail

    def close(self, error: str | None = None) -> None:
        """End the list, with an empty row between it and what follows.

        `error` is what the verb ends with; a step that said the same does not repeat it.
        """
        with self._lock:
            self._tell_why(unless=error)
            while self._open:
                self._end("skipped", "")
            if self._region is not None:
                self._stop_drawing()
                self._console.line()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the live region: the outermost running step with all that belongs to it."""
        if not self._open:
            yield Text()  # of a region without a row, some versions of rich leave one behind and some none
        for step in self._open[:1]:
            for line in step.flat():
                yield self._drawn(line)

    def _take(self, event: Event) -> None:
        if isinstance(event, Asking | Answered):
            self._make_way(isinstance(event, Asking))
            return
        if not isinstance(event, StepFailed):
            self._tell_why(unless=event.text if isinstance(event, Warned | Noted) else None)
        match event:
            case StepStarted():
                self._begin(event.title)
            case StepDone():
                self._end("ok", _joined(human_seconds(event.seconds), event.detail))
            case StepFailed():
                if self._pending != event.detail:
                    self._tell_why()
                self._pending = event.detail
                self._end("failed", human_seconds(event.seconds))
            case Checked():
                self._add(_joined(event.name, event.detail), event.status)
            case Noted() | Warned():
                self._add(event.text, "note" if isinstance(event, Noted) else "warning")
            case Found():
                self._add(finding_line(event.finding), event.finding.severity.value)
            case Printed():
                self._add(event.line, "log")
            case LogShown():
                self._add(event.path, "log")
                for text in event.lines:
                    self._add(text, "log")

    def _begin(self, title: str) -> None:
        line = _Line(title, depth=len(self._open), began=time.monotonic())
        if self._open:
            self._open[-1].children.append(line)
        self._open.append(line)
        self._draw()

    def _make_way(self, is_asking: bool) -> None:
        """Leave the terminal to a question, which another program draws, and come back after it."""
        if is_asking:
            self._stop_drawing()
        else:
            self._draw()

    def _draw(self) -> None:
        if self._region is None and self._open:
            self._region = Region(self, self._console, self._lock)
            self._region.start()

    def _stop_drawing(self) -> None:
        if self._region is not None:
            self._region.stop()
            self._region = None

    def _end(self, status: str, tail: str) -> None:
        if not self._open:
            return
        line = self._open.pop()
        line.status, line.tail = status, tail
        if not self._open:
            for part in line.flat():
                self._console.print(self._drawn(part))

    def _add(self, body: str, status: str) -> None:
        line = _Line(body, status, depth=len(self._open))
        if self._open:
            self._open[-1].children.append(line)
        else:
            self._console.print(self._drawn(line))

    def _tell_why(self, unless: str | None = None) -> None:
        why, self._pending = self._pending, ""
        if why and why != unless:
            self._add(why, "why")

    def _drawn(self, line: _Line) -> Table:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        text = Text(safe(line.body), style="red" if line.status == "why" and self._look.has_colour else "")
        running = _joined(f"{int(time.monotonic() - line.began)} s", line.so_far) if line.status is None else ""
        if tail := line.tail or running:
            text.append(f"  {safe(tail)}", style="dim" if self._look.has_colour else "")
        # Two characters deeper for what explains a line, so that it stands under the line's words.
        margin = _INDENT * (line.depth + (line.status == "why" and not line.depth))
        if line.status is None:
            grid.add_row(Text(margin) + cast("Text", self._spinner.render(time.monotonic())), text)
        elif line.status in ("log", "why"):
            grid.add_row(Text.from_ansi(margin + (self._look.frame if line.status == "log" else " ")), text)
        else:
            grid.add_row(Text.from_ansi(margin + self._look.mark(line.status)), text)
        return grid


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)
