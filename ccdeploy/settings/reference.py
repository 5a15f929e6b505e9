"""Every key of our own files with its type, default and meaning; docs/reference/settings.md is made from it."""

from __future__ import annotations

import typing

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ccdeploy.settings.fields import keys_of, model_in, options_of
from ccdeploy.settings.host import Host
from ccdeploy.settings.hosts import Defaults, Hooks
from ccdeploy.settings.models import Model

Row = tuple[str, str, str, str]
_SCALARS = {
    "str": "string",
    "int": "number",
    "bool": "true or false",
    "float": "duration",
    "tuple": "list",
    "dict": "mapping",
}
_SIZES = ("memory", "file_size")
_SECONDS = ("timeout", "interval")  # what the keys of durations end in


def rows() -> list[Row]:
    """Return (key, type, default, description) of every key of hosts.yaml, in the order of the file."""
    return [*_rows(Defaults, "defaults"), *_rows(Hooks, "hooks"), *_rows(Host, "hosts.NAME")]


def model_rows() -> list[Row]:
    """Return the same of models.yaml."""
    return _rows(Model, "models.NAME")


def _rows(model: type[BaseModel], prefix: str) -> list[Row]:
    found: list[Row] = []
    for key, info in keys_of(model).items():
        nested = model_in(info.annotation)
        found.append((f"{prefix}.{key}", _type(info), _default(info, key), info.description or ""))
        found.extend(_rows(nested, f"{prefix}.{key}") if nested else [])
    return found


def _type(info: FieldInfo) -> str:
    option = options_of(info.annotation)[0]
    while typing.get_origin(option) is typing.Annotated:
        option = typing.get_args(option)[0]
    if typing.get_origin(option) is typing.Literal:
        return " or ".join(f"`{word}`" for word in typing.get_args(option))
    if model_in(option):
        return "mapping"
    if info.alias in _SIZES:
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
        return f"{value:g}{'s' if key.endswith(_SECONDS) else ''}"
    return str(value)
