"""The memory of a phase as a bar: a segment a model, of weights, KV and buffers, above a ruler of what there is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from ccdeploy.report.cells import PIPE_CELLS, fitted, packed
from ccdeploy.report.look import Look
from ccdeploy.report.segments import PARTS, Segment, segments
from ccdeploy.report.text import safe
from ccdeploy.results import PhasePlan, PlannedModel
from ccdeploy.units import human_bytes

_COLOURS = ("cyan", "magenta")  # of one model and the next
_INDENT = "  "


@dataclass(frozen=True)
class _Signs:
    parts: str
    left: str
    line: str
    right: str
    over: str


_UNICODE = _Signs("█▒░", "├", "─", "┤", "━")
_ASCII = _Signs("#=.", "|", "-", "|", "!")


def bar_lines(phase: PhasePlan, memory_bytes: int | None, whole_bytes: int, look: Look) -> list[str]:
    """Return the bar of a phase with its ruler and names; nothing where no size is known."""
    parts = segments(phase.models)
    if not parts or not whole_bytes:
        return []
    count = max((look.width or PIPE_CELLS) - 2 * len(_INDENT), 20)
    bar = _Bar(parts, phase.total_bytes is not None, memory_bytes, whole_bytes, count, look)
    lines = [
        *packed(("memory:", *(f"{sign} {name}" for sign, name in zip(bar.signs.parts, PARTS, strict=True))), count),
        bar.numbers(),
        bar.segments(),
        *bar.ruler(),
        *packed(_names(phase.models, {part.place for part in bar.drawn}, count), count),
    ]
    return [f"{_INDENT}{line}" for line in lines if line]


@dataclass(frozen=True)
class _Bar:
    """The parts of a phase, drawn at a scale: `count` cells are `whole_bytes`; `is_all` with no size unknown."""

    parts: Sequence[Segment]
    is_all: bool
    memory_bytes: int | None
    whole_bytes: int
    count: int
    look: Look

    @cached_property
    def signs(self) -> _Signs:
        return _UNICODE if self.look.has_unicode else _ASCII

    @cached_property
    def drawn(self) -> list[Segment]:
        """The part of each cell: the one at its middle."""
        ends = [part.end_bytes for part in self.parts]
        middles = ((2 * cell + 1) * self.whole_bytes // (2 * self.count) for cell in range(self.count))
        found = (bisect_right(ends, middle) for middle in middles)
        return [self.parts[index] for index in found if index < len(self.parts)]

    @cached_property
    def budget_cells(self) -> int | None:
        """How many cells the memory is, one at least."""
        return None if self.memory_bytes is None else max(self.memory_bytes * self.count // self.whole_bytes, 1)

    def numbers(self) -> str:
        """Return the number of each model above its first cell, where there is room for it."""
        line, place = "", -1
        for cell, part in enumerate(self.drawn):
            if part.place != place and (not line or len(line) < cell):
                line = f"{line:<{cell}}{part.place + 1}"
            place = part.place
        return line

    def segments(self) -> str:
        """Return the bar itself."""
        painted = [(self.signs.parts[part.kind], self._colour(cell, part)) for cell, part in enumerate(self.drawn)]
        runs = groupby(painted, key=lambda one: one[1])
        return "".join(self.look.paint("".join(sign for sign, _ in run), colour) for colour, run in runs)

    def ruler(self) -> Iterator[str]:
        """Yield the ruler up to the end of the memory and beyond it; figures that have no room in it come below."""
        used_bytes = self.parts[-1].end_bytes
        if self.memory_bytes is None or self.budget_cells is None:
            yield f"{'' if self.is_all else 'at least '}{human_bytes(used_bytes)}; the memory is not known"
            return
        left_bytes, over_cells = self.memory_bytes - used_bytes, max(len(self.drawn) - self.budget_cells, 0)
        free = f", {human_bytes(left_bytes)} free" if left_bytes >= 0 and self.is_all else ""
        told = f"{human_bytes(self.memory_bytes)}{free}"
        over = f"{'' if self.is_all else 'at least '}{human_bytes(-left_bytes)} over" if left_bytes < 0 else ""
        inside = _figure(told, max(self.budget_cells - 2, 0), self.signs.line)
        beyond = _figure(over, over_cells, self.signs.over)
        left = self.signs.left if self.budget_cells > 1 else ""
        yield f"{left}{inside}{self.signs.right}{self.look.paint(beyond, 'red') if beyond else ''}"
        if missing := [text for text, drawn in ((told, inside), (over, beyond)) if text and text not in drawn]:
            yield ", ".join(missing)

    def _colour(self, cell: int, part: Segment) -> str:
        """What is beyond the memory is red, the rest as its model."""
        is_over = self.budget_cells is not None and cell >= self.budget_cells
        return "red" if is_over else _COLOURS[part.place % len(_COLOURS)]


def _figure(text: str, count: int, sign: str) -> str:
    """Return a line with a figure in its middle, or without where it is too short for it."""
    return (f" {text} " if text and len(text) + 2 <= count else "").center(count, sign)


def _names(models: Sequence[PlannedModel], seen: set[int], count: int) -> Iterator[str]:
    for place, model in enumerate(models):
        remark = "" if place in seen else " (less than a cell)" if model.total_bytes is not None else " (not known)"
        head = f"{place + 1} "
        room = count - len(head) - len(remark)
        yield f"{head}{fitted(safe(model.model), room).rstrip()}{remark}"
