"""What must run to its end once it has begun: Ctrl-C waits for it, and is told of afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ccdeploy.latch import Latch

T = TypeVar("T")

_STARTS_WITHIN_S = 1.0  # a thread whose start was interrupted has begun by then, or never will


def undisturbed(do: Callable[[], T]) -> tuple[T, bool]:
    """Return what `do` returns, and whether it was interrupted meanwhile.

    It runs in a thread of its own, because KeyboardInterrupt reaches the main thread only. The first
    one is kept until the end; another one means it, and is raised at once.
    """
    answers: list[T] = []
    faults: list[BaseException] = []
    once = threading.Lock()
    has_begun, is_done = Latch(), Latch()

    def run() -> None:
        if not once.acquire(blocking=False):
            return
        has_begun.set()
        try:
            answers.append(do())
        except BaseException as exc:  # raised again below, where the caller is
            faults.append(exc)
        finally:
            is_done.set()

    was_interrupted = _wait_for(run, has_begun, is_done)
    if faults:
        raise faults[0]
    return answers[0], was_interrupted


def _wait_for(run: Callable[[], None], has_begun: Latch, is_done: Latch) -> bool:
    """Start the thread and wait for its end; return whether that was interrupted."""
    was_interrupted = False
    try:
        threading.Thread(target=run, name="undisturbed", daemon=True).start()
        is_done.wait()
    except KeyboardInterrupt:
        was_interrupted = True
        if not has_begun.wait(_STARTS_WITHIN_S):
            run()
        is_done.wait()
    return was_interrupted
