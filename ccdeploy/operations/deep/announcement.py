"""What a person is told before anything is asked: who will be asked, what that will load, and what leaves the host."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ccdeploy.units import counted

if TYPE_CHECKING:
    from ccdeploy.operations.deep.course import Course, Stop


def announcement(course: Course) -> Iterator[str]:
    """Yield a sentence for each of these."""
    yield f"asks {counted(len(course.stops), 'name')} for a small answer each: {_order(course)}"
    yield _loads(course)
    if away := [f"{stop.question.name} ({_elsewhere(stop)})" for stop in course.stops if stop.is_away]:
        yield f"not answered by the host's Ollama, so it may cost money or load a model elsewhere: {', '.join(away)}"


def in_short(course: Course) -> str:
    """Return the loads in a few words."""
    if course.loads is None:
        return f"at least {counted(course.least_loads, 'load')}"
    return f"{counted(course.loads, 'load')}"


def _order(course: Course) -> str:
    parts = []
    for phase, stops in groupby(course.stops, key=lambda stop: stop.question.phase):
        names = ", ".join(stop.question.name for stop in stops)
        parts.append(names if phase is None else f"phase {phase}: {names}")
    return "; ".join(parts)


def _loads(course: Course) -> str:
    models = ", ".join(_load(stop) for stop in course.stops if stop.load)
    if course.unknown:
        least = f"at least {counted(course.least_loads, 'load')}" if course.least_loads else "perhaps none"
        told = f": {models}" if models else ""
        return f"how many models this loads is not known ({'; '.join(course.unknown)}); {least}{told}"
    return f"this will cost {counted(course.loads or 0, 'load')}: {models}" if models else "this will load no model"


def _load(stop: Stop) -> str:
    loaded = stop.members[0].model.name
    return f"{loaded} for {stop.question.name}{f' (evicts {_listed(stop.evicts)})' if stop.evicts else ''}"


def _elsewhere(stop: Stop) -> str:
    return _listed(tuple(dict.fromkeys(deployment.model for deployment in stop.question.deployments)))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
