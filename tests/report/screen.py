"""A stream that a Terminal writes to, and what a person would see on it."""

from __future__ import annotations

import io

import pyte

from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.terminal import Terminal

COLUMNS, ROWS = 80, 50


class Screen(io.StringIO):
    """Keeps all that was written."""

    @property
    def rows(self) -> list[str]:
        """Every row above the one where the next program would write, without colours."""
        screen = pyte.Screen(COLUMNS, ROWS)
        screen.set_mode(pyte.modes.LNM)  # a line ends as a terminal driver ends it
        pyte.Stream(screen).feed(self.getvalue())
        return [row.rstrip() for row in screen.display[: screen.cursor.y]]

    @property
    def lines(self) -> list[str]:
        """The rows that are not empty."""
        return [row for row in self.rows if row]


def terminal_on(screen: Screen, look: Look | None = None) -> Terminal:
    """Return a checklist that is shown on `screen`."""
    return Terminal(Unbreakable(screen), look or Look(has_unicode=True, width=COLUMNS))
