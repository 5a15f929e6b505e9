"""What came of one of the user's hooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HookStatus = Literal["ok", "failed", "timed-out", "not-started", "interrupted"]


@dataclass(frozen=True)
class HookRun:
    """One hook that was run, or could not be.

    `code` is its exit status; None where it was ended, or never started. `detail` is what is amiss, in
    one sentence.
    """

    name: str
    status: HookStatus
    seconds: float = 0.0
    code: int | None = None
    detail: str = ""
