"""A picture of a terminal, as SVG: what a command left on it, with its colours. It asks for no font of another host."""

from __future__ import annotations

import html
import io
import re
from itertools import groupby

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

from docs.stories.shell import COLUMNS

_FONT_FACES = re.compile(r"\s*@font-face \{\{.*?\}\}", re.DOTALL)
_FORMAT = _FONT_FACES.sub("", CONSOLE_SVG_FORMAT).replace(
    "Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace"
)
_CELL = re.compile(r'<text class="[^"]*-r\d+" x="[\d.]+" y="(?P<y>[\d.]+)"[^>]*>(?P<text>.*?)</text>')
_GAP = Style(dim=False)
_NAMES = {"brown": "yellow"}  # pyte's name for the third colour


def picture(command: str, written: str) -> str:
    """Return what a terminal shows after a command that wrote this, below the command itself."""
    screen = pyte.Screen(COLUMNS, 200)
    pyte.Stream(screen).feed(written)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text(f"$ {command}", style="bold"))
    for row in range(screen.cursor.y + 1):
        line = _line(screen, row)
        console.print(line, soft_wrap=True, highlight=False)
    return console.export_svg(title=command.split(maxsplit=1)[0], code_format=_FORMAT, unique_id="terminal") + "\n"


def words(svg: str) -> str:
    """Return the lines of such a picture."""
    lines: dict[float, str] = {}
    for cell in _CELL.finditer(svg):
        lines[float(cell["y"])] = lines.get(float(cell["y"]), "") + html.unescape(cell["text"]).replace("\u00a0", " ")
    return "\n".join(lines[y].rstrip() for y in sorted(lines)).strip()


def _line(screen: pyte.Screen, row: int) -> Text:
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    line = Text()
    for style, group in groupby(cells, key=_style):
        text = "".join(cell.data for cell in group)
        shown = text.lstrip()
        # Not every viewer keeps spaces at the beginning of an element: they are one of their own, which is left out.
        line.append(text[: len(text) - len(shown)], _GAP)
        line.append(shown, style)
    line.rstrip()
    return line


def _style(cell: pyte.screens.Char) -> Style:
    return Style(color=None if cell.fg == "default" else _NAMES.get(cell.fg, cell.fg), bold=cell.bold or None)
