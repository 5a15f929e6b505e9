"""The words that the code can print: its strings, with anything in the places that it fills in."""

from __future__ import annotations

import ast
import re
from functools import cache

from docs.generate import ROOT

_ANYTHING = ".*"
_FEWEST_LETTERS = 3  # in a string that is mostly filled in; with fewer it would match whatever a page says


@cache
def vocabulary() -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each string of the package, docstrings left out."""
    found: set[str] = set()
    for path in sorted((ROOT / "ccdeploy").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) not in docs | within and (pattern := _pattern(node)):
                found.add(pattern)
    return tuple(re.compile(pattern) for pattern in sorted(found))


def is_known(text: str) -> bool:
    """Whether the code can print this, as a whole."""
    return any(pattern.fullmatch(text) for pattern in vocabulary())


def _pattern(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value) if node.value.strip() else None
    if not isinstance(node, ast.JoinedStr):
        return None
    written = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    letters = sum(char.isalpha() for text in written if isinstance(text, str) for char in text)
    if letters < _FEWEST_LETTERS:
        return None
    return "".join(re.escape(text) if isinstance(text, str) else _ANYTHING for text in written)
