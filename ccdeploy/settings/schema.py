"""JSON schemas of our own files, for editors: made from the models that read them. Pure.

Draft 7, which every editor's YAML support understands, and without references. pydantic's own schemas are not the
same from one of its versions to the next, and a copy in a user's project must not go stale by that.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from ccdeploy.settings.fields import keys_of, may_be_null, model_in, options_of
from ccdeploy.settings.host import Host
from ccdeploy.settings.hosts import Defaults, Hooks
from ccdeploy.settings.judging import FORMAT, VERSION
from ccdeploy.settings.models import Model
from ccdeploy.settings.reading import EMBEDDED
from ccdeploy.settings.values import MODEL_NAME_PATTERN, NAME_PATTERN

Schema = dict[str, Any]
_DRAFT = "http://json-schema.org/draft-07/schema#"
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
}


def hosts_schema() -> Schema:
    """Return the schema of configs/hosts.yaml."""
    embedded = {"const": EMBEDDED, "description": "The sandbox: a host of real parts on this machine"}
    hosts = {
        "description": "The hosts, each under its name",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"anyOf": [embedded, _object(Host)]},
    }
    defaults = _or_null({"description": "What holds when the command line says nothing", **_object(Defaults)})
    hooks = _or_null({"description": "How the executables in `hooks/` are run", **_object(Hooks)})
    properties = {"defaults": defaults, "hooks": hooks, "hosts": hosts}
    return _file("The hosts that ccdeploy deploys to", properties, required="hosts")


def models_schema() -> Schema:
    """Return the schema of configs/models.yaml."""
    models = {
        "description": "The models, each under its name with the tag, as `ollama list` shows it",
        "type": "object",
        "propertyNames": {"pattern": MODEL_NAME_PATTERN},
        "additionalProperties": _object(Model),
    }
    return _file("What is known of each Ollama model; null means unknown", {"models": models}, required="models")


def written(schema: Schema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def format_of(text: str | bytes) -> int | None:
    """Return the newest format that a written schema admits, or None where it is none of ours."""
    try:
        found = json.loads(text)["properties"][VERSION]["maximum"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, int) else None


def _file(title: str, properties: Mapping[str, Schema], required: str) -> Schema:
    version = {
        "description": "The format of this file; without it, the one that your ccdeploy knows",
        "type": "integer",
        "minimum": 1,
        "maximum": FORMAT,
        "default": FORMAT,
    }
    return {
        "$schema": _DRAFT,
        "title": title,
        "type": "object",
        "properties": {VERSION: version, **properties},
        "required": [required],
        "additionalProperties": False,
    }


def _object(model: type[BaseModel]) -> Schema:
    keys = keys_of(model)
    required = [key for key, info in keys.items() if info.is_required()]
    return {
        "type": "object",
        "properties": {key: _key(info) for key, info in keys.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _key(info: FieldInfo) -> Schema:
    schema = _written_on(info.metadata) or _of(options_of(info.annotation)[0])
    described = {"description": info.description, **schema, **_default(info)}
    return _or_null(described) if may_be_null(info.annotation) else described


def _of(annotation: Any) -> Schema:
    """Return the schema of a type. Raises TypeError for one that nobody has described here."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _written_on(inner[1:]) or _of(inner[0])
    if origin is typing.Literal:
        return {"type": "string", "enum": list(inner)}
    if origin is dict:
        return {"type": "object", "propertyNames": _of(inner[0]), "additionalProperties": _of(inner[1])}
    if origin in (tuple, list):
        return {"type": "array", "items": _of(inner[0])}
    nested = model_in(annotation)
    if nested:
        return _object(nested)
    if annotation not in _PLAIN:
        raise TypeError(f"{annotation} has no JSON schema; give its type a WithJsonSchema in values.py")
    return dict(_PLAIN[annotation])


def _written_on(metadata: typing.Iterable[Any]) -> Schema | None:
    return next((dict(m.json_schema or {}) for m in metadata if isinstance(m, WithJsonSchema)), None)


def _or_null(schema: Schema) -> Schema:
    """Return a schema that admits null too; what else it says is about strings, numbers or mappings alone."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*kinds, "null"], **choices}


def _default(info: FieldInfo) -> Schema:
    value = info.get_default(call_default_factory=True)
    if info.is_required() or isinstance(value, BaseModel):
        return {}
    if isinstance(value, float):
        return {"default": f"{value:g}s"}
    return {"default": list(value) if isinstance(value, tuple) else value}
