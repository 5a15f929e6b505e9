"""A stream that a Terminal writes to, and what a person would see on it."""

from __future__ import annotations

import io
import re

from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.terminal import Terminal

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(io.StringIO):
    """Keeps all that was written."""

    @property
    def lines(self) -> list[str]:
        """Every line that stayed, without colours; the live region erases itself, so it is not among them."""
        text = self.getvalue()
        kept: list[str] = []
        for line in text.split("\n"):
            ups = line.count("\x1b[1A")
            del kept[len(kept) - ups :]
            kept.append(CONTROL.sub("", line.rsplit("\r", 1)[-1]).rstrip())
        return kept


def terminal_on(screen: Screen, look: Look | None = None) -> Terminal:
    """Return a checklist that is shown on `screen`."""
    return Terminal(Unbreakable(screen), look or Look(has_unicode=True, width=80))
