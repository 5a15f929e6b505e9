"""What uses paramiko is done beside the main thread, which Ctrl-C may stop between any two steps.

paramiko takes a lock first and tries afterwards (`lock.acquire()`, then `try:`; transport.py, channel.py and
buffered_pipe.py of 5.1). KeyboardInterrupt is raised in the main thread alone: between the two it
would leave the lock taken for ever, and whoever puts the host right again over this connection would wait in vain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T]) -> Future[T]:
    """Begin `work` in a thread of its own, for whose end nobody has to wait; return what will come of it."""
    future: Future[T] = Future()
    _begin(work, future)
    return future


def aside(work: Callable[[], T], too_late: Callable[[T], object] = lambda _: None) -> T:
    """Return what `work` returns, or raise what it raises.

    Ctrl-C is raised at once, and leaves the work to its end; what it then returns is handed to `too_late`.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    future: Future[T] = Future()
    try:
        _begin(work, future)
        return future.result()
    except KeyboardInterrupt:
        future.add_done_callback(lambda done: done.exception() or too_late(done.result()))
        raise


def _begin(work: Callable[[], T], future: Future[T]) -> None:
    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as exc:  # raised where somebody asks
            future.set_exception(exc)

    threading.Thread(target=do, name="aside", daemon=True).start()
