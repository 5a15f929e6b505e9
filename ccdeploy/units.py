"""Durations, moments, sizes and counts as people write them: `10s`, `5m`, `32GB` (10^9), `32GiB` (2^30)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40,
}  # fmt: skip
_MOST_BYTES = 10**18  # a thousand times what the largest hosts have
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def seconds(text: str | float) -> float:
    """Return the seconds that `text` names; a bare number is seconds. Raises ValueError with the remedy."""
    if isinstance(text, bool):
        raise ValueError(f"{text!r} is no duration; write 10s, 5m or 1h")
    if isinstance(text, int | float):
        value, unit = float(text), "s"
    else:
        match = _NUMBER.fullmatch(text)
        if not match or (match[2] and match[2] not in _SECONDS):
            raise ValueError(f"'{text}' is no duration; write 10s, 5m or 1h")
        value, unit = float(match[1]), match[2] or "s"
    if value < 0:
        raise ValueError(f"'{text}' is negative; a duration is zero or more")
    return value * _SECONDS[unit]


def moment(text: str) -> datetime | timedelta:
    """Return the moment that `text` names, or the time ago: `10m`, `2026-11-24T10:00`, the same with `Z`.

    A moment without a zone is one of this machine's clock. Raises ValueError with the remedy.
    """
    try:
        return timedelta(seconds=seconds(text))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"'{text}' is no time; write 10m or 2026-11-24T10:00") from None


def size_bytes(text: str | int) -> int:
    """Return the bytes that `text` names; a bare number is bytes. Raises ValueError with the remedy."""
    if isinstance(text, bool):
        raise ValueError(f"{text!r} is no size; write 32GB (10^9) or 32GiB (2^30)")
    if isinstance(text, int):
        return text
    match = _NUMBER.fullmatch(text)
    if not match or (match[2] or "B").upper() not in _BYTES:
        raise ValueError(f"'{text}' is no size; write 32GB (10^9) or 32GiB (2^30)")
    amount = float(match[1]) * _BYTES[(match[2] or "B").upper()]
    if amount > _MOST_BYTES:
        raise ValueError(f"a size with {len(match[1])} digits is larger than any host; write 32GB (10^9) or so")
    return round(amount)


def human_seconds(value: float) -> str:
    """Return a duration for people: `340 ms`, `8.5 s`, `3 min 20 s`, `2 h 5 min`, `4 d`."""
    if value < 1:
        return f"{round(value * 1000)} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes = round(value) // 60
    if minutes < 60:
        return f"{minutes} min {round(value) % 60} s" if round(value) % 60 else f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d"


def human_bytes(value: int) -> str:
    """Return a size in decimal units for people: `4.7 GB`, as `ollama list` counts."""
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def counted(count: int, noun: str, ending: str = "s") -> str:
    """Return `1 error`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"
