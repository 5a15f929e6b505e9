"""Single answers about a host, judged by the types that the settings have for them. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from ccdeploy.settings.judging import holds_control_character, said_of
from ccdeploy.settings.values import HostAddress, HttpUrl, Root, UserName, is_name


def _host_name(value: str) -> str:
    if not is_name(value):
        raise ValueError(f"'{value}' is no host name; use letters, digits, '.', '_' and '-'")
    return value


_TYPES: dict[str, TypeAdapter[str]] = {
    "name": TypeAdapter(Annotated[str, AfterValidator(_host_name)]),
    "address": TypeAdapter(HostAddress),
    "user": TypeAdapter(UserName),
    "root": TypeAdapter(Root),
    "url": TypeAdapter(HttpUrl),
    "ollama": TypeAdapter(HttpUrl),
}


def value_of(key: str, text: str) -> str:
    """Return a good answer as the settings have it: an IPv6 address without brackets, a URL without a last slash."""
    return _TYPES[key].validate_python(text)


def fault_of(key: str, text: str) -> str | None:
    """Return what is wrong with an answer, as a finding would say it; None for a good one."""
    if holds_control_character(text):
        return "holds a control character; remove it"
    try:
        _TYPES[key].validate_python(text)
    except ValidationError as exc:
        return said_of(exc.errors(include_url=False, include_input=False)[0]).removeprefix(": ")
    return None
