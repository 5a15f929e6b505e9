"""What came of asking every name of a config for an answer, and the loads that it was expected to cost and did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AskedName:
    """One name, in the order of asking.

    `models` are those of the host's Ollama that may answer it; `is_away` says that one elsewhere may. `announced` is
    whether a load was expected, None where that was not known, and `evicts` who had to go for it. `loads` are the
    models that were loaded for it, None where /api/ps did not tell. `seconds` is how long the answer took.
    """

    name: str
    phase: int | None
    models: tuple[str, ...]
    is_away: bool
    announced: bool | None
    evicts: tuple[str, ...]
    is_answered: bool
    seconds: float
    loads: tuple[str, ...] | None


@dataclass(frozen=True)
class Deep:
    """Every name that was asked, and the loads at the host's Ollama: announced before, and counted.

    `announced_loads` is None where it could not be known, for the reasons in `unknown`; `least_loads` is what it costs
    at the least. `counted_loads` is None where /api/ps did not tell. `others` are models that somebody else had
    loaded meanwhile.
    """

    asked: tuple[AskedName, ...]
    announced_loads: int | None
    least_loads: int
    unknown: tuple[str, ...]
    counted_loads: int | None
    others: tuple[str, ...] = ()
