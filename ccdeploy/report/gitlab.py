"""The log of GitLab CI: each step a section that can be folded. https://docs.gitlab.com/ci/jobs/job_logs/"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from ccdeploy.events import Event, StepDone, StepFailed, StepStarted
from ccdeploy.report.look import Unbreakable
from ccdeploy.report.plain import lines_of
from ccdeploy.report.text import safe

_CLEAR = "\r\x1b[0K"  # GitLab takes what stands before it for a marker, and does not show it
_NO_NAME = re.compile(r"[^A-Za-z0-9_.\-]")


class GitlabProgress:
    """An observer that writes each step as a section, one within another as the steps are."""

    def __init__(self, out: Unbreakable, now: Callable[[], float] = time.time) -> None:
        self._out = out
        self._now = now
        self._open: list[str] = []
        self._count = 0

    def __call__(self, event: Event) -> None:
        """Write an event."""
        match event:
            case StepStarted():
                self._begin(event)
                return
            case StepDone() | StepFailed():
                self._end()
        for line in lines_of(event):
            self._out.line(line)

    def close(self, error: str | None = None) -> None:
        """End the sections that are open; `error` is what the verb ends with."""
        while self._open:
            self._end()

    def _begin(self, event: StepStarted) -> None:
        self._count += 1  # a name stands once in a log
        name = f"ccdeploy_{self._count}_{_NO_NAME.sub('_', event.step)}"
        self._open.append(name)
        self._out.line(f"\x1b[0Ksection_start:{int(self._now())}:{name}[collapsed=true]{_CLEAR}{safe(event.title)}")

    def _end(self) -> None:
        if self._open:
            self._out.line(f"\x1b[0Ksection_end:{int(self._now())}:{self._open.pop()}{_CLEAR}")
