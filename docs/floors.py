"""The import table and the rooms, for docs/explanation/architecture.md; tests/test_house.py keeps the same table."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence

from docs.markdown import table
from tests.test_house import GROUND, KNOWLEDGE, TABLE

_FILES = ("tasks", "fabfile")  # of the project's own folder, outside the package


def import_table() -> str:
    """Return who may import whom, besides the standard library."""
    rows = [
        (
            ", ".join(f"`{name}`" for name in names),
            _rooms(TABLE[names[-1]].rooms) if len(names) == 1 else "those before it in this list",
            ", ".join(f"`{library}`" for name in names for library in TABLE[name].libraries) or "none",
        )
        for names in _groups()
    ]
    return table(("room", "may import", "outside libraries"), rows)


def room_table() -> str:
    """Return what each room says that it knows: the first paragraph of its docstring."""
    return table(("room", "what it knows"), [(f"`{name}`", _said(name)) for name in TABLE if name not in _FILES])


def _groups() -> list[tuple[str, ...]]:
    """Return the rows of the table; the ground is one, as long as each part of it may import those before it."""
    is_stacked = all(TABLE[name].rooms == GROUND[:place] for place, name in enumerate(GROUND))
    others = [(name,) for name in TABLE if name not in GROUND]
    return [tuple(GROUND), *others] if is_stacked else [*((name,) for name in GROUND), *others]


def _rooms(rooms: Sequence[str]) -> str:
    """Return rooms in words, with the ground and the rooms of knowledge together."""
    words = []
    left = list(rooms)
    for title, group in (("the ground", GROUND), ("knowledge", KNOWLEDGE)):
        if set(group) <= set(left):
            words.append(title)
            left = [name for name in left if name not in group]
    return ", ".join([*words, *(f"`{name}`" for name in left)]) or "nothing"


def _said(name: str) -> str:
    said = inspect.getdoc(importlib.import_module(f"ccdeploy.{name}")) or ""
    return " ".join(said.partition("\n\n")[0].split())
