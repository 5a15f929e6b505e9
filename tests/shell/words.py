"""Which programs a shell script runs, read crudely: enough to hold our own scripts against a table.

It knows quotes, substitutions, comments, redirections, `case`, `for` and functions. It does not know
backquotes or here-documents, which our scripts do not use: both are errors here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OPENERS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{"})
CLOSERS = frozenset({"fi", "done", "esac", "}"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SEPARATORS = ";&|()\n"


def commands(script: str) -> list[list[str]]:
    """Return every simple command as its words, quotes kept, functions' bodies included."""
    reader = _Reader(script)
    reader.read()
    return reader.found


def functions(script: str) -> set[str]:
    """Return the names of the functions that a script defines."""
    return set(re.findall(r"(?m)^\s*([a-z_]+)\(\)\s*\{", script))


@dataclass
class _Reader:
    text: str
    at: int = 0
    found: list[list[str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)  # of each open `case`: "head", "pattern" or "body"

    def read(self) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char in " \t":
                self.at += 1
            elif char == "#":
                self.at = self._find("\n", self.at)
            elif char in "<>":
                self._redirection()
            elif char in _SEPARATORS:
                self._separator(char)
            elif word := self._word():
                self._word_read(word)
        self._end()

    def _separator(self, char: str) -> None:
        is_definition = char == "(" and self.text.startswith("()", self.at) and len(self.words) == 1
        if is_definition:
            self.words, self.at = [], self.at + 2
            return
        if self.text.startswith(";;", self.at):
            self._end()
            self.cases[-1] = "pattern"
            self.at += 2
            return
        if self.cases and self.cases[-1] == "pattern":
            if char == ")":
                self.cases[-1] = "body"
            self.words = []
        else:
            self._end()
        self.at += 1

    def _word_read(self, word: str) -> None:
        if self.cases and self.cases[-1] == "pattern":
            if word == "esac":
                self.cases.pop()
        elif self.cases and self.cases[-1] == "head":
            if word == "in":
                self.cases[-1] = "pattern"
        elif self.words:
            self.words.append(word)
        elif word == "case":
            self.cases.append("head")
        elif word == "esac":
            self.cases.pop()
        elif word in OPENERS or word in CLOSERS or _ASSIGNMENT.match(word):
            return
        else:
            self.words.append(word)

    def _end(self) -> None:
        if self.words and self.words[0] != "for":
            self.found.append(self.words)
        self.words = []

    def _redirection(self) -> None:
        if self.text.startswith("<<", self.at):
            raise AssertionError("a here-document: this reader cannot see into it")
        while self.at < len(self.text) and self.text[self.at] in "<>&":
            self.at += 1
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1
        self._word()

    def _word(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in " \t<>" + _SEPARATORS:
            self._piece()
        word = self.text[start : self.at]
        is_descriptor = word.isdigit() and self.text[self.at : self.at + 1] in ("<", ">")
        if is_descriptor:
            self._redirection()
            return self._next_word()
        return word

    def _next_word(self) -> str:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1
        ends = self.at >= len(self.text) or self.text[self.at] in _SEPARATORS
        return "" if ends else self._word()

    def _piece(self) -> None:
        char = self.text[self.at]
        if char == "`":
            raise AssertionError(f"backquotes: {self.text[self.at : self.at + 40]!r}")
        if char == "\\":
            self.at += 2
        elif char == "'":
            self.at = self._find("'", self.at + 1) + 1
        elif char == '"':
            self._double_quoted()
        elif char == "$":
            self._dollar()
        else:
            self.at += 1

    def _double_quoted(self) -> None:
        self.at += 1
        while self.text[self.at] != '"':
            if self.text[self.at] in "\\$`":
                self._piece()
            else:
                self.at += 1
        self.at += 1

    def _dollar(self) -> None:
        if self.text.startswith("$((", self.at):
            end = self._closing("(", ")", self.at + 1)
            self._inside(re.sub(r"^\(|\)$", "", self.text[self.at + 2 : end]), arithmetic=True)
            self.at = end + 1
        elif self.text.startswith("$(", self.at):
            end = self._closing("(", ")", self.at + 1)
            self._inside(self.text[self.at + 2 : end])
            self.at = end + 1
        elif self.text.startswith("${", self.at):
            end = self._closing("{", "}", self.at + 1)
            self._inside(self.text[self.at + 2 : end], arithmetic=True)
            self.at = end + 1
        else:
            self.at += 1

    def _inside(self, text: str, *, arithmetic: bool = False) -> None:
        """Read what a substitution holds; of arithmetic and parameters only the substitutions inside."""
        if not arithmetic:
            self.found += commands(text)
            return
        inner = _Reader(text)
        while (place := text.find("$", inner.at)) != -1:
            inner.at = place
            inner._dollar()
        self.found += inner.found

    def _closing(self, opens: str, closes: str, start: int) -> int:
        depth, at = 0, start
        while True:
            char = self.text[at]
            if char == "'":
                at = self._find("'", at + 1)
            elif char == "\\":
                at += 1
            elif char == opens:
                depth += 1
            elif char == closes:
                depth -= 1
                if not depth:
                    return at
            at += 1

    def _find(self, what: str, start: int) -> int:
        found = self.text.find(what, start)
        return len(self.text) if found == -1 else found
