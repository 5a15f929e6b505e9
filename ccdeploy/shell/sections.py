"""Answers of several parts in one output: each part under a line that only our script can print."""

from __future__ import annotations

import secrets
from collections.abc import Mapping


def new_mark() -> str:
    """Return a line that no file on a host contains: the parts of an answer are told apart by it."""
    return f"=={secrets.token_hex(12)}=="


def function(mark: str) -> str:
    """Return the shell function `section NAME`: what is printed after it belongs to NAME."""
    return f"section() {{ printf '\\n%s %s\\n' {mark} \"$1\"; }}"


def split(output: bytes, mark: str) -> Mapping[str, bytes]:
    """Return the parts of an answer by name, byte for byte. Raises ValueError when its end is missing."""
    parts: dict[str, bytes] = {}
    for chunk in output.split(b"\n" + mark.encode() + b" ")[1:]:
        name, _, content = chunk.partition(b"\n")
        parts[name.decode("utf-8", "replace")] = content
    if "end" not in parts:
        raise ValueError("the answer of the host is not whole")
    return parts
