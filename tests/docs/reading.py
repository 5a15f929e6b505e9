"""Reads the pages as a user does: the command lines in them, the links, the examples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.generate import ROOT, pages

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(?P<code>[^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FACES = ("ccdeploy", "fab")
_ENDS_A_COMMAND = frozenset({";", "|", "||", "&", "&&", ">", ">>", "2>", "<", ")"})


@dataclass(frozen=True)
class CommandLine:
    """One command line that a page shows: where, and its words after `ccdeploy` or `fab`."""

    page: str
    face: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {self.face} {shlex.join(self.words)}"


def texts() -> dict[str, str]:
    """Return every page by its path relative to the project."""
    return {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in pages()}


def fences(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return [match["body"] for match in _FENCE.finditer(text) if match["language"] == language]


def command_lines(page: str, text: str) -> list[CommandLine]:
    """Return the command lines of a page: in sh blocks, after the prompt of console blocks, and in running text."""
    lines = [line for block in fences(text, "sh") for line in block.splitlines()]
    lines += [line[2:] for block in fences(text, "console") for line in block.splitlines() if line.startswith("$ ")]
    lines += [match["code"] for match in _INLINE.finditer(_FENCE.sub("", text))]
    return [CommandLine(page, words[0], tuple(words[1:])) for line in lines for words in _commands(line)]


def links(text: str) -> list[str]:
    """Return the targets of a page's links that stay within the project."""
    found = [match["target"] for match in _LINK.finditer(_FENCE.sub("", text))]
    return [target for target in found if not target.startswith(("http://", "https://", "mailto:"))]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page, one a heading, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(line: str) -> Iterator[list[str]]:
    """Return the commands of a line that are ours; `VERB` stands for any and is none."""
    if not any(face in line for face in _FACES):
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if word not in _ENDS_A_COMMAND:
            command.append(word)
            continue
        if len(command) > 1 and command[0] in _FACES and "VERB" not in command:
            yield command
        command = []
