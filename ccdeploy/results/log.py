"""A log of a host."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("debug", "info", "warning", "error", "critical")  # the least grave first


@dataclass(frozen=True)
class LogLine:
    """One line of a log, secrets masked. `at` (UTC) and `level` are None where the log does not tell them.

    The level of a line that begins no message, such as one of a traceback, is that of its message.
    """

    at: str | None
    level: str | None
    text: str


@dataclass(frozen=True)
class Log:
    """The last lines of a log on the host; `only` says what they were picked by, if by anything."""

    host: str
    path: str
    lines: tuple[str, ...]
    only: str | None = None
    exit_code: int = 0
