"""Every key of `configs/hosts.yaml` with its type, default and meaning; docs/reference/settings.md is made from it."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ccdeploy.settings.host import Host
from ccdeploy.settings.hosts import Defaults

Row = tuple[str, str, str, str]
_SCALARS = {"str": "string", "int": "number", "float": "duration", "tuple": "list", "dict": "mapping"}
_UNITS = {"connect_timeout": "s", "ready_timeout": "s", "drain_timeout": "s"}


def rows() -> list[Row]:
    """Return (key, type, default, description) of every key, in the order of the file."""
    return [*_rows(Defaults, "defaults"), *_rows(Host, "hosts.NAME")]


def _rows(model: type[BaseModel], prefix: str) -> list[Row]:
    found: list[Row] = []
    for name, info in model.model_fields.items():
        if name == "name":  # the key itself
            continue
        key = f"{prefix}.{info.alias or name}"
        nested = _model_in(info.annotation)
        found.append((key, _type(info), _default(info, info.alias or name), info.description or ""))
        found.extend(_rows(nested, key) if nested else [])
    return found


def _options(annotation: Any) -> tuple[Any, ...]:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return tuple(o for o in typing.get_args(annotation) if o is not type(None))
    return (annotation,)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    return next((o for o in _options(annotation) if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _type(info: FieldInfo) -> str:
    option = _options(info.annotation)[0]
    while typing.get_origin(option) is typing.Annotated:
        option = typing.get_args(option)[0]
    if typing.get_origin(option) is typing.Literal:
        return " or ".join(f"`{word}`" for word in typing.get_args(option))
    if _model_in(option):
        return "mapping"
    if info.alias == "memory":
        return "size"
    name = getattr(typing.get_origin(option) or option, "__name__", "value")
    return _SCALARS.get(name, name)


def _default(info: FieldInfo, key: str) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return ""
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return str(list(value))
    if isinstance(value, float):
        return f"{value:g}{_UNITS.get(key, '')}"
    return str(value)
