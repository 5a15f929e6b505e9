"""The log of GitHub Actions: groups, annotations, and lines of others that it must not take for commands.

The runner reads a line that begins with `::NAME ...::`, blanks aside, and one with `##[NAME ...]` anywhere in it.
Source: actions/runner, src/Runner.Common/ActionCommand.cs; the escapes are those that it undoes there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ccdeploy.errors import CcdeployError
from ccdeploy.events import Event, Found, StepDone, StepFailed, StepStarted, Warned
from ccdeploy.findings import Finding, Severity, ordered
from ccdeploy.report.look import Unbreakable
from ccdeploy.report.plain import lines_of
from ccdeploy.report.text import safe

_COMMAND = re.compile(r"^(\s*:)(?=:)", re.MULTILINE)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class GithubProgress:
    """An observer that folds each step into a group and turns warnings into annotations."""

    def __init__(self, out: Unbreakable, place: Callable[[str], str]) -> None:
        self._out = out
        self._place = place
        self._depth = 0  # groups do not nest: a step within a step is a line of it

    def __call__(self, event: Event) -> None:
        """Write an event."""
        match event:
            case StepStarted():
                self._depth += 1
                if self._depth == 1:
                    self._out.line(command("group", safe(event.title)))
                    return
            case StepDone() | StepFailed():
                self._end_group()
            case Found() if event.finding.severity is not Severity.NOTE:
                self._out.line(annotation(event.finding, self._place))
                return
            case Warned():
                self._out.line(command("warning", safe(event.text), title="ccdeploy"))
                return
        for line in lines_of(event):
            self._out.line(harmless(line))

    def close(self, error: str | None = None) -> None:
        """End a group that is open; `error` is what the verb ends with."""
        while self._depth:
            self._end_group()

    def _end_group(self) -> None:
        self._depth = max(0, self._depth - 1)
        if not self._depth:
            self._out.line(command("endgroup"))


def command(name: str, message: str = "", **properties: str | int | None) -> str:
    """Return a workflow command."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name}{' ' if given else ''}{given}::{_data(message)}"


def annotation(finding: Finding, place: Callable[[str], str]) -> str:
    """Return a finding as an annotation; where it came from a file, GitHub shows it beside the line.

    `place` turns the path of a file of the project into one below the repository's top.
    """
    path, _, line = (finding.where or "").rpartition(":")
    level, code = _LEVELS[finding.severity], safe(finding.code)
    if not (path and line.isdigit()):
        return command(level, safe(str(finding)), title=code)
    text = finding.message + (f"; {finding.hint}" if finding.hint else "")
    return command(level, safe(text), file=safe(place(path)), line=line, title=code)


def finding_annotations(findings: Iterable[Finding], place: Callable[[str], str]) -> list[str]:
    """Return errors and warnings as annotations, the worst first: GitHub shows ten of each kind and step."""
    return [annotation(f, place) for f in ordered(findings) if f.severity is not Severity.NOTE]


def failure_annotations(verb: str, error: CcdeployError, place: Callable[[str], str]) -> list[str]:
    """Return the annotations of an error: its findings, then its sentence."""
    findings: Iterable[Finding] = getattr(error, "findings", ())
    sentence = command("error", safe(error.message), title=f"ccdeploy {verb}")
    return [*finding_annotations(findings, place), sentence]


def harmless(text: str) -> str:
    """Return `text` with a blank put into whatever the runner would take for a command."""
    return _COMMAND.sub(r"\1 ", text).replace("##[", "# #[")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
