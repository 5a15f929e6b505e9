"""The small typed values of the settings, and what each accepts; every refusal names the remedy."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ccdeploy.units import seconds, size_bytes

RESERVED_ARGS = ("--port", "--host", "--config")  # ccdeploy sets these; a second one would win silently
RANDOM_PORT = 4000  # litellm's default: when it is busy, litellm takes a random port and says nothing
_ADDRESS = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:%\-]*[A-Za-z0-9_])?|::1?|[0-9A-Fa-f:]+")
_JUMP = re.compile(r"(?:[^\s@:/,\-][^\s@:/,]*@)?(?:\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9_][A-Za-z0-9_.\-]*)(?::\d{1,5})?")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-]+")
# These are for editors too, whose regular expressions are JavaScript's: nothing in them is Python's alone.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
# [host[:port]/][namespace/]model:tag, in the characters that Ollama admits.
MODEL_NAME_PATTERN = r"^(?:[A-Za-z0-9][A-Za-z0-9_.:-]*/){0,2}[A-Za-z0-9][A-Za-z0-9_.-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*$"
MOST = 100_000_000  # tokens of context or of a vocabulary: ten times what any model has
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")


def is_name(text: object) -> bool:
    """Whether `text` can name a host or a config: a word that is safe in a path and on a command line."""
    return isinstance(text, str) and bool(re.fullmatch(NAME_PATTERN, text))


def is_model_name(text: object) -> bool:
    """Whether `text` is the name of a model of Ollama, with its tag."""
    return isinstance(text, str) and bool(re.fullmatch(MODEL_NAME_PATTERN, text))


def is_header_name(text: object) -> bool:
    """Whether `text` is a token that HTTP admits as the name of a header."""
    return isinstance(text, str) and bool(_HEADER_NAME.fullmatch(text))


def _seconds(value: Any) -> float:
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no duration; write 10s, 5m or 1h")
    return seconds(value)


def _size(value: Any) -> int:
    if not isinstance(value, str | int):
        raise ValueError(f"{value!r} is no size; write 32GB (10^9) or 32GiB (2^30)")
    return size_bytes(value)


def _port(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ValueError(f"{value!r} is no port; write a number from 1 to 65535")
    return value


def _slot_ports(value: Any) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("expected two ports; write [8081, 8082]")
    first, second = _port(value[0]), _port(value[1])
    if first == second:
        raise ValueError(f"both ports are {first}; write two different ones, the second is for the shadow")
    if RANDOM_PORT in (first, second):
        raise ValueError("LiteLLM takes a random port when 4000 is busy; choose another, such as 8081")
    return first, second


def _address(value: str) -> str:
    if value.startswith("[") and value.endswith("]") and ":" in value:
        value = value[1:-1]  # an IPv6 address as it stands in a URL
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"'{value}' is no host name or address; write one such as studio.example.com")
    return value


def _jump(value: str) -> str:
    hops = [hop.strip() for hop in value.split(",")]
    if hops != ["none"] and not all(_JUMP.fullmatch(hop) for hop in hops):
        raise ValueError(
            f"'{value}' names no hosts to go through; write user@bastion.example.com:22, several with commas, or none"
        )
    return ",".join(hops)


def _user(value: str) -> str:
    if not value or value.startswith("-") or any(c.isspace() or c in "@:/" for c in value):
        raise ValueError(f"'{value}' is no user name")
    return value


def _url(value: str) -> str:
    message = f"'{value}' is no URL of a server; write one such as https://coder.example.com"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as exc:
        raise ValueError(message) from exc
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or any(c.isspace() for c in value):
        raise ValueError(message)
    if parts.username or parts.password:
        raise ValueError("a URL with a password in it would be shown; use headers instead")
    return value.rstrip("/")


def _upstream(value: str) -> str:
    if value.count("{port}") != 1:
        raise ValueError(
            f"'{value}' does not say where the port goes; write {{port}} once, as in http://127.0.0.1:{{port}}"
        )
    _url(value.replace("{port}", "8081"))
    return value.rstrip("/")


def _root(value: str) -> str:
    if not (value.startswith(("/", "~/"))) or ".." in value.split("/"):
        raise ValueError(f"'{value}' is no folder to count on; write an absolute path or one that starts with ~/")
    if not value.strip("/~ "):
        raise ValueError(f"'{value}' is not a folder of its own; write one such as ~/ccproxy")
    return value.rstrip("/")


def remote_path(value: str) -> str:
    """Return the path of a file on a host. Raises ValueError for one that may lead anywhere."""
    if not value or value.startswith("~") or value.endswith("/") or ".." in value.split("/"):
        raise ValueError(f"'{value}' is no path of a file; write one relative to root, or an absolute one")
    return value


def _home_path(value: str) -> str:
    if not value.startswith(("/", "~/")) or value.endswith("/") or ".." in value.split("/"):
        raise ValueError(f"'{value}' is no path of a file; write an absolute one, or one that starts with ~/")
    return value


def _args(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError('expected a list; write [--num_workers, "2"]')
    for item in value:
        if not isinstance(item, str):
            raise ValueError(f'every argument is a string; write "{item}" with quotes')
        if item.partition("=")[0] in RESERVED_ARGS:
            raise ValueError(f"ccdeploy sets {item.partition('=')[0]} itself; remove it")
    return tuple(value)


def _header(value: str) -> str:
    if value != value.strip():
        raise ValueError("a header value begins or ends with a space; remove it")
    return value


def _config_name(value: str) -> str:
    if not is_name(value):
        raise ValueError(f"'{value}' is no name of a config; write the file's name under configs/litellm without .yaml")
    return value


def _version(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a version is a string; put it in quotes, or YAML takes 1.90 for 1.9")
    try:
        return str(Version(value))
    except InvalidVersion as exc:
        raise ValueError(f"'{value}' is no version of LiteLLM; write one such as 1.106.2") from exc


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no count; write a whole number of 1 or more, or null where it is not known")
    if value > MOST:
        raise ValueError(f"{value!r} is more than anything of a model counts; write null where it is not known")
    return value


def _digest(value: str) -> str:
    match = _DIGEST.fullmatch(value)
    if not match:
        raise ValueError(f"'{value}' is no digest; write sha256: and the 64 digits of it, or null")
    return f"sha256:{match[1]}"


# What an editor can know of each, in JSON Schema; the functions above have the last word.
_PORT: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": 65535}
_STAYS_INSIDE = r"(?!(?:.*/)?\.\.(?:/|$))"  # no part of the path is ..
_SERVER = r"[Hh][Tt][Tt][Pp][Ss]?://"


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Port = Annotated[int, BeforeValidator(_port), WithJsonSchema(_PORT)]
SlotPorts = Annotated[
    tuple[int, int],
    BeforeValidator(_slot_ports),
    WithJsonSchema(
        {
            "type": "array",
            "items": {**_PORT, "not": {"const": RANDOM_PORT}},
            "minItems": 2,
            "maxItems": 2,
            "uniqueItems": True,
        }
    ),
]
HostAddress = Annotated[str, AfterValidator(_address), _text(rf"^(?:{_ADDRESS.pattern})$")]
JumpHosts = Annotated[
    str, AfterValidator(_jump), _text(rf"^\s*(?:none|{_JUMP.pattern}(?:\s*,\s*{_JUMP.pattern})*)\s*$")
]
UserName = Annotated[str, AfterValidator(_user), _text(r"^[^\s@:/-][^\s@:/]*$")]
HttpUrl = Annotated[
    str, AfterValidator(_url), _text(rf"^{_SERVER}(?:\[[0-9A-Fa-f:.]+\]|[^\s/@?#:\[\]]+)(?::[0-9]+)?(?:[/?#]\S*)?$")
]
UpstreamUrl = Annotated[str, AfterValidator(_upstream), _text(rf"^{_SERVER}[^\s@]*\{{port\}}\S*$")]
Root = Annotated[str, AfterValidator(_root), _text(rf"^{_STAYS_INSIDE}(?:/|~/).*[^/~ ]")]
RemotePath = Annotated[str, AfterValidator(remote_path), _text(rf"^{_STAYS_INSIDE}(?:[^~/]|[^~].*[^/])$")]
HomePath = Annotated[str, AfterValidator(_home_path), _text(rf"^{_STAYS_INSIDE}(?:/|~/).*[^/]$")]
LitellmArgs = Annotated[
    tuple[str, ...],
    BeforeValidator(_args),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string", "pattern": rf"^(?!(?:{'|'.join(RESERVED_ARGS)})(?:=|$))"}}
    ),
]
HeaderName = Annotated[str, _text(rf"^{_HEADER_NAME.pattern}$")]
Header = Annotated[str, AfterValidator(_header), _text(r"^(?:\S(?:.*\S)?)?$")]
LitellmVersion = Annotated[str, BeforeValidator(_version), _text(r"^\s*v?[0-9]+(?:\.[0-9]+)*\S*\s*$")]
ConfigName = Annotated[str, AfterValidator(_config_name), _text(NAME_PATTERN)]
DURATION_PATTERN = r"^\s*[0-9]+(?:\.[0-9]+)?\s*(?:ms|s|m|h|d)?\s*$"
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, le=86400),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": DURATION_PATTERN,
            "exclusiveMinimum": 0,
            "maximum": 86400,
        }
    ),
]
Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(gt=0),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "pattern": r"^\s*[0-9]+(?:\.[0-9]+)?\s*(?:(?:[KkMmGgTt][Ii]?)?[Bb])?\s*$",
            "exclusiveMinimum": 0,
        }
    ),
]
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST})]
BlobDigest = Annotated[str, AfterValidator(_digest), _text(rf"^{_DIGEST.pattern}$")]
