"""Waiting for a condition with a deadline: the only way in which tests wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_LOOK_AGAIN_AFTER_S = 0.01


def until(condition: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Return once `condition` holds; fail with `what` when it does not within the deadline."""
    never = threading.Event()
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain: {what}")
        never.wait(_LOOK_AGAIN_AFTER_S)
