"""What Ollama takes as `keep_alive`, and how long that is.

Source: Ollama 0.33, api/types.go, Duration.UnmarshalJSON: a number is seconds, a string is what Go's
time.ParseDuration reads; anything below zero is for ever. Its environment variable OLLAMA_KEEP_ALIVE
takes "-1" too, the API does not.
"""

from __future__ import annotations

import re

DEFAULT_S = 300.0  # Ollama's own, when a request names none: 5m
FOREVER = float("inf")

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"([-+]?)((?:{_PART.pattern})+|0)")


def keep_alive_s(value: object) -> float:
    """Return the seconds that a model stays after its last request; 0 is at once, FOREVER is for ever.

    None is Ollama's default. Raises ValueError with the remedy for what Ollama answers 400 to.
    """
    if value is None:
        return DEFAULT_S
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"Ollama refuses keep_alive {value!r}; write seconds, -1, or a duration such as '30m'")
    seconds = _parsed(value) if isinstance(value, str) else float(value)
    return FOREVER if seconds < 0 else seconds


def _parsed(text: str) -> float:
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"Ollama refuses keep_alive '{text}'; write a unit, such as '30m', or -1 without quotes")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(match[2]))
    return -total if match[1] == "-" else total
