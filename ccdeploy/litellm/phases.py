"""The phases of a config: which names are asked for in which, and which agents no name covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment


@dataclass(frozen=True)
class Phase:
    """A time in which only some aliases are used; `number` None: the config knows no phases."""

    number: int | None
    aliases: tuple[str, ...]


def phases(config: Config) -> tuple[Phase, ...]:
    """Return the phases in their order. An alias that names none is asked for in each."""
    numbers = sorted({number for deployment in config.deployments for number in deployment.phases})
    return tuple(Phase(number, _aliases(config, number)) for number in numbers or (None,))


def are_phases(value: Any) -> bool:
    """Whether `value` is a list of phases: whole numbers from 1 on."""
    return isinstance(value, list) and all(isinstance(p, int) and not isinstance(p, bool) and p > 0 for p in value)


def uncovered_agents(config: Config) -> tuple[int, ...]:
    """Return the numbers between the first and the last agent that no alias names."""
    covered = {number for deployment in config.deployments for number in _agents(deployment)}
    return tuple(n for n in range(min(covered), max(covered)) if n not in covered) if covered else ()


def _aliases(config: Config, number: int | None) -> tuple[str, ...]:
    there = (d.alias for d in config.deployments if number is None or not d.phases or number in d.phases)
    return tuple(dict.fromkeys(there))


def _agents(deployment: Deployment) -> Iterator[int]:
    for text in deployment.agents:
        first, _, last = text.partition("-")
        last = last or first
        if first.strip().isdecimal() and last.strip().isdecimal() and int(last) - int(first) < _MOST_AGENTS:
            yield from range(int(first), int(last) + 1)


_MOST_AGENTS = 10_000  # more in one range is a slip of the pen, and would be counted one by one
