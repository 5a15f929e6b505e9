"""What a stream can show: colours, marks, a width; and how to write to it without ever failing."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36", "dim": "2", "bold": "1"}
_MARKS = {
    "ok": ("✓", "ok", "green"),
    "failed": ("✗", "failed", "red"),
    "skipped": ("–", "skipped", "dim"),  # noqa: RUF001 - an en dash is what it looks like
    "known": ("!", "known", "yellow"),
    "error": ("✗", "error", "red"),
    "warning": ("!", "warning", "yellow"),
    "note": ("·", "note", "cyan"),
}


@dataclass(frozen=True)
class Look:
    """How text looks on one stream. `width` is None where no terminal cuts lines."""

    has_colour: bool = False
    has_unicode: bool = False
    width: int | None = None

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Look:
        """Return what `stream` can show."""
        is_terminal = is_live(stream, environ)
        return cls(
            has_colour=is_terminal and not environ.get("NO_COLOR"),
            has_unicode=_can_encode(stream),
            width=shutil.get_terminal_size().columns if is_terminal else None,
        )

    def mark(self, status: str) -> str:
        """Return the painted mark of a status, or its word where the encoding has no such characters."""
        sign, word, colour = _MARKS.get(status, ("?", "?", "dim"))
        return self.paint(sign if self.has_unicode else f"{word:<7}", colour)

    def paint(self, text: str, colour: str) -> str:
        """Return `text` in a colour, where there are colours."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.has_colour else text

    @property
    def arrow(self) -> str:
        """What precedes a remedy."""
        return "→" if self.has_unicode else "->"

    @property
    def frame(self) -> str:
        """What precedes a line that somebody else wrote."""
        return self.paint("│" if self.has_unicode else "|", "dim")


def is_live(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a person watches `stream` on a terminal that can move its cursor."""
    try:
        return stream.isatty() and environ.get("TERM", "") not in ("dumb", "unknown", "")
    except ValueError:  # closed
        return False


class Unbreakable:
    """A stream whose writes never raise: a reader that went away must not stop a deploy half-way."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.encoding = getattr(stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write what the encoding can hold, the rest escaped."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush, if anybody still reads."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.flush()

    def line(self, text: str = "") -> None:
        """Write one line at once."""
        self.write(f"{text}\n")
        self.flush()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return is_live(self.stream)

    def fileno(self) -> int:
        """Return the descriptor, for the terminal's size."""
        return self.stream.fileno()


def _can_encode(stream: TextIO) -> bool:
    try:
        "✓✗–·→│".encode(getattr(stream, "encoding", None) or "ascii")  # noqa: RUF001
    except (UnicodeError, LookupError):
        return False
    return True
