"""A part of a config as dotted keys with plain values, each in two forms: to be compared, and to be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ccdeploy.litellm.masking import is_secret_at
from ccdeploy.secret import MASK, mask
from ccdeploy.yamltext import Path

_NAMES = ("name", "id")  # what tells the entries of a list apart, also as the end of a key: guardrail_name


@dataclass(frozen=True)
class Leaf:
    """One value: `compared` is the same for equal meanings and is never shown, `shown` has its secrets masked."""

    compared: str = field(repr=False)
    shown: str = field(compare=False)


def leaves(value: Any, path: Path) -> dict[str, Leaf]:
    """Return every value below `path`, which begins with the section that `value` stands in, by its dotted key.

    Entries of a list that carry names are known by them, so that their order says nothing.
    """
    return {_dotted(here): Leaf(_compared(inner), shown(inner, here)) for here, inner in _walk(value, path)}


def shown(value: Any, path: Path) -> str:
    """Return a value as people may see it."""
    return mask(_text(_masked(value, path)))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _walk(inner, (*path, str(key)))
    elif isinstance(value, list) and (names := _names_in(value, path)):
        for name, entry in zip(names, value, strict=True):
            yield from _walk(entry, (*path, f"[{name}]"))
    else:
        yield path, value


def _names_in(entries: list[Any], path: Path) -> list[str]:
    """Return what each entry of a list is called; nothing when that does not tell them apart, or is a secret."""
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        return []
    for key in entries[0]:
        if str(key).endswith(_NAMES):
            names = [str(entry.get(key)) for entry in entries]
            if any(is_secret_at((*path, str(key)), name) for name in names):
                continue
            if all(isinstance(entry.get(key), str) for entry in entries) and len(set(names)) == len(names):
                return names
    return []


def _dotted(path: Path) -> str:
    return mask(".".join(map(str, path)).replace(".[", "["))


def _compared(value: Any) -> str:
    return json.dumps(_with_text_keys(value), sort_keys=True, default=str)


def _with_text_keys(value: Any) -> Any:
    """Return a value that JSON can write: a key of YAML may be a number or a date."""
    if isinstance(value, dict):
        return {f"{type(key).__name__} {key}": _with_text_keys(inner) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(map(str, value))
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value


def _masked(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, (*path, index)) for index, inner in enumerate(value)]
    return MASK if is_secret_at(path, _text(value)) else value


def _text(value: Any) -> str:
    """Return a value as YAML writes it on one line, strings without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(_text, value))) + "}"
    return value if isinstance(value, str) else json.dumps(value, default=str).strip('"')
