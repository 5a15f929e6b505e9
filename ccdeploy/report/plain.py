"""Progress where nobody watches (CI, a log file): one line an event, a word first, so that it can be searched."""

from __future__ import annotations

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
from ccdeploy.report.look import Unbreakable
from ccdeploy.report.text import finding_line, safe
from ccdeploy.units import human_seconds


class Plain:
    """An observer that writes each event as it comes."""

    def __init__(self, out: Unbreakable) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        """Write an event."""
        for line in lines_of(event):
            self._out.line(line)

    def close(self, error: str | None = None) -> None:
        """Nothing is left to write; `error` is what the verb ends with."""


def lines_of(event: Event) -> list[str]:
    """Return the lines of an event: one, except for the end of a log, and none for a question put elsewhere."""
    if isinstance(event, Asking | Answered):
        return []
    if isinstance(event, LogShown):
        return [_line("log", event.path), *(_line("log", line) for line in event.lines)]
    return [_line(*_words(event))]


def _words(
    event: StepStarted | StepMoved | StepDone | StepFailed | Checked | Noted | Warned | Found | Printed,
) -> tuple[str, ...]:
    match event:
        case StepStarted():
            words: tuple[str, ...] = ("start", event.title)
        case StepMoved():
            words = ("still", event.detail)
        case StepDone():
            words = ("ok", event.title, human_seconds(event.seconds), event.detail)
        case StepFailed():
            words = ("failed", event.title, human_seconds(event.seconds), event.detail)
        case Checked():
            words = ("check", event.status, event.name, event.detail)
        case Noted():
            words = ("note", event.text)
        case Warned():
            words = ("warning", event.text)
        case Printed():
            words = ("hook", event.line)
        case Found():
            words = (event.finding.severity.value, finding_line(event.finding))
    return words


def _line(word: str, *parts: str) -> str:
    return f"{word:<7}  {'  '.join(safe(part) for part in parts if part)}"
