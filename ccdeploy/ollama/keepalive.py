"""What Ollama takes as `keep_alive`, and how long that is.

Source: Ollama 0.33, api/types.go, Duration.UnmarshalJSON: a number is seconds, a string is what Go's
time.ParseDuration reads; anything below zero is for ever. Its environment variable OLLAMA_KEEP_ALIVE
takes "-1" too, the API does not.
"""

from __future__ import annotations

from ccdeploy.ollama.duration import seconds

DEFAULT_S = 300.0  # Ollama's own, when a request names none: 5m
FOREVER = float("inf")


def keep_alive_s(value: object) -> float:
    """Return the seconds that a model stays after its last request; 0 is at once, FOREVER is for ever.

    None is Ollama's default. Raises ValueError with the remedy for what Ollama answers 400 to.
    """
    if value is None:
        return DEFAULT_S
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"Ollama refuses keep_alive {value!r}; write seconds, -1, or a duration such as '30m'")
    stays_s = _parsed(value) if isinstance(value, str) else float(value)
    return FOREVER if stays_s < 0 else stays_s


def _parsed(text: str) -> float:
    total = seconds(text[1:] if text[:1] in ("-", "+") else text)
    if total is None:
        raise ValueError(f"Ollama refuses keep_alive '{text}'; write a unit, such as '30m', or -1 without quotes")
    return -total if text.startswith("-") else total
