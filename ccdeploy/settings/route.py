"""The values of a host's `traefik` that go into Traefik's dynamic file, and the rule that its URL stands for."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ccdeploy.settings.values import DURATION_PATTERN, NAME_PATTERN, is_name, remote_path
from ccdeploy.units import seconds

EXTENSIONS = (".yml", ".yaml")  # Traefik reads a file by its extension, and nothing of another one
_TOML = ".toml"  # Traefik reads it too, and so does doctor; ccdeploy writes none
_SHORTEST_S = 1.0  # more often tells nothing sooner that anybody would act on, and fills the proxy's log
_REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:@[A-Za-z0-9][A-Za-z0-9._-]*)?$"


def rule_of(url: str) -> str:
    """Return the rule of a router that takes what is sent to `url`. Raises ValueError where none can be made of it."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path.rstrip("/")
    if not host.isascii() or "`" in host + path:
        raise ValueError(f"'{url}' makes no rule of Traefik: it holds what a rule cannot; write `rule` yourself")
    return f"Host(`{host}`)" + (f" && PathPrefix(`{path}`)" if path else "")


def is_written_by_us(path: str) -> bool:
    """Whether Traefik reads a file of this name as YAML, which is what ccdeploy writes."""
    return path.endswith(EXTENSIONS)


def _name(value: str) -> str:
    if "@" in value:
        raise ValueError(f"'{value}' holds an @, after which Traefik names the provider; write the name alone")
    if not is_name(value):
        raise ValueError(f"'{value}' is no name; use letters, digits, '.', '_' and '-'")
    return value


def _reference(value: str) -> str:
    if not re.fullmatch(_REFERENCE, value):
        raise ValueError(f"'{value}' names no middleware; write one such as auth@docker, or auth for one of a file")
    return value


def _file(value: str) -> str:
    if not remote_path(value).endswith((*EXTENSIONS, _TOML)):
        raise ValueError(f"'{value}' is no file that Traefik reads; let it end in .yml")
    return value


def _interval(value: Any) -> float:
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no duration; write 5s or 1m")
    found = seconds(value)
    if found < _SHORTEST_S:
        raise ValueError(f"'{value}' is too often; write 1s or more")
    return found


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
MiddlewareName = Annotated[str, AfterValidator(_reference), WithJsonSchema({"type": "string", "pattern": _REFERENCE})]
DynamicFile = Annotated[
    str,
    AfterValidator(_file),
    WithJsonSchema(
        {"type": "string", "pattern": r"^(?!(?:.*/)?\.\.(?:/|$))(?!~).*\.(?:yml|yaml|toml)$"},
    ),
]
Interval = Annotated[
    float,
    BeforeValidator(_interval),
    Field(le=86400),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": DURATION_PATTERN,
            "minimum": 1,
            "maximum": 86400,
        }
    ),
]
