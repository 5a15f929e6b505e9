"""A page as a story: its commands in order, how each must end, and what it shows of their output. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.M
)
_WORLD = re.compile(r"^<!-- story: (?P<world>[a-z-]+) -->$", re.M)
_NO_STORY = re.compile(r"^<!-- not run: (?P<reason>[^\n]+) -->\n(?!```)", re.M)
_ENDS = re.compile(r"#.*\bends with (?P<code>\d+)")
_ENDLESS = re.compile(r"#.*\buntil Ctrl-C\b")
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(?P<word>\w+)['\"]?")


@dataclass(frozen=True)
class Step:
    """One command of a page. `shown` is what the page says that it prints, or None where it says nothing.

    `lines` is where `shown` stands in the page: the first line, and the one after the last.
    """

    line: int
    command: str
    ends_with: int
    shown: str | None = None
    lines: tuple[int, int] = (0, 0)

    @property
    def is_endless(self) -> bool:
        """Whether the page says that it goes on until Ctrl-C."""
        return _ENDLESS.search(self.command) is not None


@dataclass(frozen=True)
class Skipped:
    """A block that is not run, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Story:
    """What a page wants to be run: the name of its world, None where it has none, and its steps."""

    world: str | None
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]


def story_of(text: str) -> Story:
    """Return the story that a page tells."""
    world = _WORLD.search(text)
    whole = _NO_STORY.search(text)
    steps: list[Step] = []
    skipped: list[Skipped] = []
    for fence in _FENCE.finditer(text):
        first = text.count("\n", 0, fence.start("body")) + 1
        if fence["kind"] not in ("sh", "console"):
            continue
        reason = fence["reason"] or (whole["reason"] if whole else None)
        if reason:
            skipped.append(Skipped(first, reason))
        else:
            steps += _console(fence["body"], first) if fence["kind"] == "console" else _script(fence["body"], first)
    return Story(world["world"] if world else None, tuple(steps), tuple(skipped))


def with_outputs(text: str, printed: Sequence[tuple[Step, str, str]]) -> str:
    """Return a page with other commands, and other outputs where it shows them: (step, command, output) each."""
    lines = text.splitlines(keepends=True)
    for step, command, output in reversed(printed):
        typed = command.splitlines()
        if step.shown is None:
            lines[step.line - 1 : step.line - 1 + len(typed)] = [line + "\n" for line in typed]
            continue
        first, after = step.lines
        new = [f"$ {typed[0]}", *(f"> {line}" for line in typed[1:]), *output.splitlines()]
        lines[first - 1 - len(typed) : after - 1] = [line + "\n" for line in new]
    return "".join(lines)


def _script(body: str, first: int) -> list[Step]:
    """Return the commands of an sh block; a line that ends in a backslash, or opens a here-document, goes on."""
    steps: list[Step] = []
    command: list[str] = []
    waits_for = ""
    for number, line in enumerate(body.splitlines(), first):
        command.append(line)
        if waits_for:
            waits_for = "" if line.strip() == waits_for else waits_for
        elif found := _HERE_DOCUMENT.search(line):
            waits_for = found["word"]
        if waits_for or line.endswith("\\"):
            continue
        text = "\n".join(command)
        if text.strip() and not text.lstrip().startswith("#"):
            steps.append(Step(number - len(command) + 1, text, _ends_with(text)))
        command = []
    return steps


def _console(body: str, first: int) -> list[Step]:
    """Return the commands of a console block: after `$ `, gone on with `> `, each with what stands below it."""
    steps: list[Step] = []
    lines = body.splitlines()
    at = 0
    while at < len(lines):
        start = at
        command = [lines[at].removeprefix("$ ")]
        at += 1
        while at < len(lines) and lines[at].startswith("> "):
            command.append(lines[at][2:])
            at += 1
        begin = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        text = "\n".join(command)
        shown = "\n".join(lines[begin:at])
        asks = at < len(lines) and lines[at] == "$ echo $?" and at + 1 < len(lines) and lines[at + 1].isdecimal()
        ends_with = int(lines[at + 1]) if asks else _ends_with(text)
        steps.append(Step(first + start, text, ends_with, shown, (first + begin, first + at)))
    return steps


def _ends_with(command: str) -> int:
    found = _ENDS.search(command)
    return int(found["code"]) if found else 0
