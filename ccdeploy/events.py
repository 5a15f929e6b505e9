"""Typed events that operations emit; an Observer shows them (terminal, JSON lines, tests)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ccdeploy.findings import Finding


@dataclass(frozen=True)
class StepStarted:
    """A step of a verb began; `step` is a stable key, `title` is for people."""

    step: str
    title: str


@dataclass(frozen=True)
class StepDone:
    """A step ended well after `seconds`; `detail` is what is worth knowing."""

    step: str
    title: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class StepFailed:
    """A step failed after `seconds`; `detail` says why in one sentence."""

    step: str
    title: str
    seconds: float
    detail: str


@dataclass(frozen=True)
class StepMoved:
    """A step that takes its time got on; `detail` is how far it is. It may come from another thread."""

    step: str
    detail: str


@dataclass(frozen=True)
class Checked:
    """One check of a verification: `status` is ok, failed, skipped or known (broken before too)."""

    name: str
    status: str
    detail: str = ""


@dataclass(frozen=True)
class Noted:
    """Something that a person would want to be told while it happens."""

    text: str


@dataclass(frozen=True)
class Warned:
    """Something that is not as it should be and stops nothing."""

    text: str


@dataclass(frozen=True)
class Found:
    """A finding of a judge, shown before the verb decides."""

    finding: Finding


@dataclass(frozen=True)
class LogShown:
    """The last lines of a log on the host, as evidence."""

    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A line that a program of the user's printed, as it came."""

    by: str
    line: str


@dataclass(frozen=True)
class Asking:
    """A person is asked something on the terminal; until Answered, nothing else may be drawn there."""

    question: str


@dataclass(frozen=True)
class Answered:
    """The terminal is free again."""


Event = (
    StepStarted
    | StepMoved
    | StepDone
    | StepFailed
    | Checked
    | Noted
    | Warned
    | Found
    | LogShown
    | Printed
    | Asking
    | Answered
)
Observer = Callable[[Event], None]


@dataclass
class StepNotes:
    """What a running step wants said of it: how far it is, and what is worth knowing when it ends."""

    moved: Callable[[str], None]
    detail: str = ""


class Steps:
    """Emits the events of steps and keeps each one's time, for history.jsonl."""

    def __init__(self, observer: Observer, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.observer = observer
        self.seconds: dict[str, float] = {}
        self._monotonic = monotonic

    @contextmanager
    def step(self, key: str, title: str) -> Iterator[StepNotes]:
        """Run a step: started, then done or failed with the seconds that it took."""
        self.observer(StepStarted(key, title))
        began = self._monotonic()
        notes = StepNotes(lambda detail: self.observer(StepMoved(key, detail)))
        try:
            yield notes
        except BaseException as exc:
            took = self._took(key, began)
            self.observer(StepFailed(key, title, took, str(exc) or type(exc).__name__))
            raise
        self.observer(StepDone(key, title, self._took(key, began), notes.detail))

    def _took(self, key: str, began: float) -> float:
        took = self._monotonic() - began
        self.seconds[key] = round(self.seconds.get(key, 0.0) + took, 3)
        return took
