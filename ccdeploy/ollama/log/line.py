"""One line of Ollama's log: `time=... level=INFO source=... msg="..." key=value ...`, as Go's slog writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r'(?:^|(?<=\s))([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|\S*)')
_ESCAPED = re.compile(r"\\(.)")
_MESSAGE = "msg"
# Before 0.7, Go's older logger wrote the settings: `2025/02/11 14:24:45 routes.go:1187: INFO server config env=...`.
_OLD = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \S+: [A-Z]+ (?P<said>[^=]*?)(?= \w+=|$)")


def fields(line: str) -> Mapping[str, str]:
    """Return the values of a line by name, without quotes; `msg` is the message. Empty for any other line."""
    found = {name: _plain(value) for name, value in _FIELD.findall(line)}
    if _MESSAGE not in found and (old := _OLD.match(line)):
        found[_MESSAGE] = old["said"]
    return found if _MESSAGE in found else {}


def _plain(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return _ESCAPED.sub(r"\1", value[1:-1]) if is_quoted else value
