"""`keep_alive` as Ollama reads it: seconds, or a duration with a unit; negative means for ever."""

from __future__ import annotations

import math
import re

DEFAULT_KEEP_ALIVE_S = 300.0
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def keep_alive_s(value: object) -> float:
    """Return the seconds that a model stays after a request; infinity for a negative value.

    Raises ValueError for what Ollama refuses, such as the text "-1", which has no unit.
    """
    if value is None:
        return DEFAULT_KEEP_ALIVE_S
    if isinstance(value, int | float) and not isinstance(value, bool):
        return math.inf if value < 0 else float(value)
    if isinstance(value, str):
        return _go_duration(value)
    raise ValueError(f"json: cannot read {value!r} as a duration")


def _go_duration(text: str) -> float:
    number = text.removeprefix("-")
    if number == "0":
        return 0.0
    pieces = _PIECE.findall(number)
    if not pieces or "".join(a + b for a, b in pieces) != number:
        raise ValueError(f'time: missing unit in duration "{text}"')
    return math.inf if text.startswith("-") else sum(float(a) * _UNITS_S[b] for a, b in pieces)
