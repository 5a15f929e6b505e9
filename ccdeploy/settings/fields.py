"""The keys that a model of the settings has in its file: shared by the judge, the reference and the schema."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_INTERNAL = frozenset({"name", "shown_as"})  # fields that we fill, which are no keys in a file


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return each key as it is written, in the order of the file."""
    return {info.alias or name: info for name, info in model.model_fields.items() if name not in _INTERNAL}


def options_of(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a value may have besides null."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return tuple(option for option in typing.get_args(annotation) if option is not types.NoneType)
    return (annotation,)


def may_be_null(annotation: Any) -> bool:
    """Whether null may be written."""
    return types.NoneType in typing.get_args(annotation)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a value is a mapping of, or None where it is none."""
    options = options_of(annotation)
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
