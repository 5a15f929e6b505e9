"""Who is loaded when in the simulated hour, one row a model. A cell is longer than many a stay: it shows the share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccdeploy.report.cells import PIPE_CELLS, cells_of, fitted, packed
from ccdeploy.report.look import Look
from ccdeploy.report.segments import stays_by_model, unloads
from ccdeploy.report.text import safe
from ccdeploy.results import PhasePlan, Stay
from ccdeploy.units import counted, human_seconds

_INDENT = "  "
_ROOMY = 72  # cells, from which on a row tells the unloads too
_HOUR_S = 3600.0


@dataclass(frozen=True)
class _Signs:
    """What a cell shows: loaded for up to a third, two thirds, nearly all and all of it; the same of loading."""

    loaded: str
    loading: str
    whole: str


_UNICODE = _Signs("░▒▓", "▁▂▄", "█")
_ASCII = _Signs(".:+", "_oO", "#")


@dataclass
class _Cell:
    """What of one cell a model is resident, and what of that it is still being loaded, in seconds."""

    resident_s: float = 0.0
    loading_s: float = 0.0
    is_broken: bool = False

    def sign(self, signs: _Signs, cell_s: float) -> str:
        """Return what is shown; a cell in which a stay begins or ends is never a whole one."""
        if not self.resident_s:
            return " "
        share = min(self.resident_s / cell_s, 1.0)
        level = 0 if share <= 1 / 3 else 1 if share <= 2 / 3 else 2
        if self.loading_s * 2 > self.resident_s:
            return signs.loading[level]
        return signs.loaded[level] if self.is_broken else signs.whole


def timeline_lines(phase: PhasePlan, look: Look) -> list[str]:
    """Return a row for each model, and an axis of minutes; nothing where nothing was simulated."""
    if not phase.stays or not phase.simulated_s:
        return []
    width = max((look.width or PIPE_CELLS) - len(_INDENT), 38)
    signs = _UNICODE if look.has_unicode else _ASCII
    rows = stays_by_model(phase)
    tails = [_tail(stays, phase.simulated_s, is_roomy=width >= _ROOMY) for stays in rows.values()]
    names = [safe(name) for name in rows]
    name_cells = min(max(map(cells_of, names)), width // 3)
    count = width - name_cells - max(map(len, tails)) - 4
    lines = [*packed(_legend(phase.simulated_s, signs), width - 2)]
    for name, stays, tail in zip(names, rows.values(), tails, strict=True):
        drawn = "".join(cell.sign(signs, phase.simulated_s / count) for cell in _cells(stays, phase.simulated_s, count))
        lines.append(f"{fitted(name, name_cells)}  {look.paint(drawn, 'cyan')}  {tail}")
    lines.append(f"{' ' * name_cells}  {_axis(phase.simulated_s, count)}")
    return [f"{_INDENT}{line}" for line in lines]


def _tail(stays: Sequence[Stay], simulated_s: float, *, is_roomy: bool) -> str:
    loads = counted(len(stays), "load")
    return f"{loads}, {counted(unloads(stays, simulated_s), 'unload')}" if is_roomy else loads


def _cells(stays: Sequence[Stay], simulated_s: float, count: int) -> list[_Cell]:
    cell_s = simulated_s / count
    cells = [_Cell() for _ in range(count)]
    for stay in stays:
        ready_s = stay.from_s + stay.loading_s
        first, last = (min(int(at_s / cell_s), count - 1) for at_s in (stay.from_s, stay.until_s))
        for number in range(first, last + 1):
            begins_s, ends_s = number * cell_s, (number + 1) * cell_s
            cell = cells[number]
            cell.resident_s += max(min(stay.until_s, ends_s) - max(stay.from_s, begins_s), 0.0)
            cell.loading_s += max(min(ready_s, ends_s) - max(stay.from_s, begins_s), 0.0)
        cells[first].is_broken |= stay.from_s > 0
        cells[last].is_broken |= stay.until_s < simulated_s
    return cells


def _legend(simulated_s: float, signs: _Signs) -> Iterator[str]:
    yield "one hour:" if simulated_s == _HOUR_S else f"{human_seconds(simulated_s)}:"
    yield f"{signs.whole} loaded"
    yield f"{signs.loaded[::-1]} for a part of it"
    yield f"{signs.loading[::-1]} mostly loading"


def _axis(simulated_s: float, count: int) -> str:
    """Return the minutes below the cells: the first, the last, and the half where there is room."""
    first, half, last = "0", f"{simulated_s / 120:g}", f"{simulated_s / 60:g} min"
    middle = f"{first:<{count // 2}}{half}" if count >= 24 else first
    return f"{middle}{last:>{count - len(middle)}}"
