"""Puts figures into the text of `configs/models.yaml`; all that it does not change stays character by character.

A library that writes YAML from its tree (ruamel.yaml) keeps comments too, but lays lines anew that nobody asked for: a
user would find them in the diff. What was edited is read again and must say what it should, or nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile

from ccdeploy import yamltext
from ccdeploy.errors import Refused
from ccdeploy.settings.fields import keys_of
from ccdeploy.settings.models import Model, Models
from ccdeploy.settings.reading_models import load_models

Value = int | bool | str
Figures = Mapping[str, Value]  # of one model, by its keys in the file

KEYS = tuple(keys_of(Model))
_MODELS: yamltext.Path = ("models",)
_GAP = re.compile(r" {2,}(?=#)")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[\d.+-]")


def with_figures(text: str, shown_as: str, found: Mapping[str, Figures]) -> str:
    """Return the text with these figures in it: of models that it has, and of new ones at its end. Raises Refused."""
    before = load_models(text, shown_as)
    edited = _Text(text, shown_as).with_figures(found)
    try:
        after = load_models(edited, shown_as).models
    except Refused:
        after = {}
    if after != _meant(before, found):
        said = f"{shown_as} is written in a way that cannot be edited surely, such as with anchors; nothing was changed"
        raise Refused(said, hint="write these models out, each with its keys on lines of their own, or edit it by hand")
    return edited


def _meant(before: Models, found: Mapping[str, Figures]) -> dict[str, Model]:
    known = {name: model.model_dump(by_alias=True, exclude_none=True) for name, model in before.models.items()}
    every = {**known, **{name: {**known.get(name, {"name": name}), **figures} for name, figures in found.items()}}
    return {name: Model.model_validate(model) for name, model in every.items()}


class _Text:
    """One text, and where its keys and values stand."""

    def __init__(self, text: str, shown_as: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        document = yamltext.load(text, shown_as)
        # The first of each: a key that is merged from an anchor comes after the model's own.
        self._values = {path: (start, end) for path, start, end in reversed(document.scalars)}
        self._keys = dict(reversed(document.keys))
        self._braces = {path: (start, end) for path, start, end in document.braces}
        self._edits: list[tuple[int, int, str]] = []

    def with_figures(self, found: Mapping[str, Figures]) -> str:
        for name, figures in found.items():
            if (*_MODELS, name) in self._keys:
                self._change(name, figures)
        self._add({name: figures for name, figures in found.items() if (*_MODELS, name) not in self._keys})
        return self._edited()

    def _edited(self) -> str:
        pieces, at = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):  # those at one place stay in their order
            pieces += [self._text[at:start], new]
            at = end
        return "".join([*pieces, self._text[at:]])

    def _change(self, name: str, figures: Figures) -> None:
        model = (*_MODELS, name)
        for key in (key for key in KEYS if key in figures):
            if (*model, key) in self._keys and (*model, key) in self._values:
                self._replace(*self._values[(*model, key)], _written(figures[key]))
        new = [key for key in KEYS if key in figures and (*model, key) not in self._keys]
        if model in self._braces:
            pairs = ", ".join(f"{key}: {_written(figures[key])}" for key in new)
            self._into_braces(model, pairs)
            return
        for key in new:
            self._insert_line(model, key, figures[key])

    def _replace(self, start: int, end: int, new: str) -> None:
        """Put a value in the place of another; a comment behind it stays in its column, as far as there is room."""
        if start == end:  # an empty one begins right behind the colon
            self._edits.append((start, end, f" {new}"))
            return
        gap = _GAP.match(self._text, end)
        width = len(gap[0]) if gap else 0
        self._edits.append((start, end + width, new + " " * max(1, width - len(new) + end - start) * bool(gap)))

    def _insert_line(self, model: yamltext.Path, key: str, value: Value) -> None:
        """Add a key on a line of its own, behind those that come before it in the order of the reference."""
        earlier = [one for one in takewhile(lambda one: one != key, KEYS) if (*model, one) in self._values]
        own = [place for path, place in self._keys.items() if path[:-1] == model]
        first = min(own, default=0)
        line = f"{' ' * self._column(first)}{key}: {_written(value)}"
        if earlier:
            self._after_line(self._values[(*model, earlier[-1])][1], [line])
        else:
            at = first - self._column(first)
            self._edits.append((at, at, line + self._newline))

    def _add(self, found: Mapping[str, Figures]) -> None:
        if not found:
            return
        if _MODELS in self._braces and self._models():
            self._into_braces(_MODELS, ", ".join(f"{_key(name)}: {_in_braces(found[name])}" for name in found))
            return
        start, end = self._braces.get(_MODELS, (0, 0))
        if end:  # {} becomes lines
            self._edits.append((start - (self._text[start - 1] == " "), end, ""))
        outer, inner = self._columns()
        lines: list[str] = []
        for name, figures in found.items():
            lines += [""] if lines or self._models() else []
            lines.append(f"{' ' * outer}{_key(name)}:" + ("" if figures else " {}"))
            lines += [f"{' ' * inner}{key}: {_written(figures[key])}" for key in KEYS if key in figures]
        self._after_line(self._end_of_models(), lines)

    def _into_braces(self, path: yamltext.Path, pairs: str) -> None:
        start, end = self._braces[path]
        last = max((e for p, _, e in self._ends() if p[: len(path)] == path and p != path), default=start + 1)
        self._edits += [(last, last, f"{', ' if last > start + 1 else ''}{pairs}")] if pairs and last < end else []

    def _after_line(self, offset: int, lines: Iterable[str]) -> None:
        at = self._text.find("\n", offset)
        if at < 0:
            at = len(self._text)
            self._edits.append((at, at, "".join(f"{self._newline}{line}" for line in lines)))
        else:
            self._edits.append((at + 1, at + 1, "".join(f"{line}{self._newline}" for line in lines)))

    def _models(self) -> list[int]:
        """Return where the models begin."""
        return [place for path, place in self._keys.items() if len(path) == 2 and path[:1] == _MODELS]

    def _columns(self) -> tuple[int, int]:
        """Return how far the models, and their keys, are indented."""
        models = self._models()
        outer = self._column(min(models)) if models else self._column(self._keys[_MODELS]) + 2
        inner = [
            self._column(place) for path, place in self._keys.items()
            if len(path) == 3 and path[:1] == _MODELS and path[:2] not in self._braces
        ]  # fmt: skip
        return outer, min((column for column in inner if column > outer), default=outer + 2)

    def _end_of_models(self) -> int:
        ends = [end for path, _, end in self._ends() if path[:1] == _MODELS]
        return max(ends, default=self._keys[_MODELS])

    def _ends(self) -> list[tuple[yamltext.Path, int, int]]:
        places = [*self._values.items(), *self._braces.items()]
        return [(path, start, end) for path, (start, end) in places]

    def _column(self, offset: int) -> int:
        return offset - (self._text.rfind("\n", 0, offset) + 1)


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    """Return a name as a key; one that begins like a number is put in quotes, since 1:30 is one in YAML 1.1."""
    return f'"{name}"' if _LOOKS_LIKE_A_NUMBER.match(name) else name


def _in_braces(figures: Figures) -> str:
    return "{" + ", ".join(f"{key}: {_written(figures[key])}" for key in KEYS if key in figures) + "}"
