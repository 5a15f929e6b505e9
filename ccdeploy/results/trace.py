"""The trace that was made from a log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class MadeTrace:
    """Recorded traffic, and how much of it is certain.

    `trace` is the trace itself. `log` says whose log it was: `ollama` or `litellm`. `guessed` counts the requests
    of which a part is not told by the log, by what was guessed; `notes` say the same in sentences. `output` is the
    file that the trace was written to.
    """

    log: str
    trace: dict[str, Any]
    guessed: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    notes: tuple[str, ...] = ()
    output: str | None = None
    exit_code: int = 0
