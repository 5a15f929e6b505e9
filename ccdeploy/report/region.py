"""The last rows of a terminal, which are drawn anew while something runs, and leave no row behind them.

Rich would draw from a thread of its own, between the halves of what another prints, and so over rows that stay.
Here who draws holds the lock that its owner prints under.
"""

from __future__ import annotations

import threading
from typing import IO, cast

from rich.console import Console, RenderableType
from rich.live import Live

from ccdeploy.latch import Latch
from ccdeploy.report.look import Look, Unbreakable

REFRESHES_PER_S = 10  # a spinner looks smooth from about 8


def console_on(out: Unbreakable, look: Look) -> Console:
    """Return the console that a region and what stays above it are written on: nothing in it is taken for markup."""
    return Console(
        file=cast("IO[str]", out), force_terminal=True, no_color=not look.has_colour, highlight=False, markup=False,
        legacy_windows=False, emoji=False,
    )  # fmt: skip


class Region:
    """Shows `content` from start to stop. `lock` is held by whoever prints on the same console, or starts and stops."""

    def __init__(self, content: RenderableType, console: Console, lock: threading.RLock) -> None:
        self._live = Live(
            content, console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._lock = lock
        self._is_over = Latch()

    def start(self) -> None:
        """Draw from now on."""
        self._live.start()
        threading.Thread(target=self._keep_drawing, daemon=True).start()

    def stop(self) -> None:
        """Erase what is drawn, for good. A Ctrl-C may have come in the middle of the start."""
        self._is_over.set()
        try:
            self._live.stop()
        except IndexError:  # rich takes its hook back, and had not set it yet
            self._live.console.show_cursor(True)

    def _keep_drawing(self) -> None:
        while not self._is_over.wait(1 / REFRESHES_PER_S):
            with self._lock:
                if not self._is_over.is_set():
                    self._live.refresh()
