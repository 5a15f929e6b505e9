"""The proxy's `env_file`, in the grammar of python-dotenv, which LiteLLM itself reads `.env` files with.

A shell would read the same bytes otherwise (`$`, quotes, spaces), so nothing ever sources the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from dotenv.parser import Binding, parse_stream
from dotenv.variables import parse_variables

from ccdeploy.findings import Finding, error, warning
from ccdeploy.secret import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=\-]+")  # needs no quotes
_UNWRITABLE = re.compile(r"\$\{|\0")  # python-dotenv expands ${NAME} inside any quotes


def parse(data: bytes, environment: Mapping[str, str] | None = None) -> dict[str, Secret]:
    """Return what the file sets, in its order; broken lines are left out, as LiteLLM leaves them.

    `${NAME}` is expanded from `environment` first, then from the lines above: so does load_dotenv,
    which lets the environment win.
    """
    around = environment or {}
    values: dict[str, str] = {}
    for binding in _bindings(data):
        if binding.key is not None and binding.value is not None:
            known = {**values, **around}
            values[binding.key] = "".join(atom.resolve(known) for atom in parse_variables(binding.value))
    return {name: Secret(value) for name, value in values.items()}


def check(data: bytes, shown_as: str) -> list[Finding]:
    """Return what is wrong with the file, by line; no finding shows a value."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as exc:
        where = f"{shown_as}:{data[: exc.start].count(10) + 1}"
        return [error("env-encoding", where, "the line is not UTF-8", "save the file as UTF-8")]
    seen: dict[str, int] = {}
    return [finding for binding in _bindings(data) for finding in _judge(binding, shown_as, seen)]


def add(data: bytes, name: str, value: str) -> bytes:
    """Return the file with `name` set to `value` on a line at its end; earlier lines that set it are gone.

    Every other byte stays. Raises ValueError for what the grammar cannot hold.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name of a variable")
    if _UNWRITABLE.search(value):
        raise ValueError(f"the value of {name} holds '${{' or a NUL, which an env file cannot express")
    text = _text(data)
    if name in {b.key for b in parse_stream(io.StringIO(text))}:
        text = "".join(b.original.string for b in parse_stream(io.StringIO(text)) if b.key != name)
    if text and not text.endswith(("\n", "\r")):
        text += "\n"
    return f"{text}{name}={_quoted(value)}\n".encode()


def _bindings(data: bytes) -> Iterator[Binding]:
    yield from parse_stream(io.StringIO(_text(data)))


def _text(data: bytes) -> str:
    # As `open(path)` reads it: other line ends become \n. Bytes that are no UTF-8 are told by check.
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _judge(binding: Binding, shown_as: str, seen: dict[str, int]) -> Iterator[Finding]:
    skipped = len(binding.original.string) - len(binding.original.string.lstrip())
    line = binding.original.line + binding.original.string[:skipped].count("\n")
    where = f"{shown_as}:{line}"
    if binding.error:
        yield error("env-syntax", where, "the line is no NAME=VALUE, so LiteLLM skips it", "mend or remove it")
    if binding.error or binding.key is None:
        return
    if binding.value is None:
        yield warning(
            "env-no-value", where, f"{binding.key} has no '=', so it is not set", f"write {binding.key}=VALUE"
        )
    elif not _NAME.fullmatch(binding.key):
        yield warning("env-name", where, f"'{binding.key}' is no name that a shell could pass on", "rename it")
    elif "\0" in binding.value:
        yield error("env-nul", where, f"the value of {binding.key} holds a NUL, which no process can be given")
    if binding.key in seen:
        message = f"{binding.key} is set again; line {seen[binding.key]} has no effect"
        yield warning("env-duplicate", where, message, "keep one")
    seen[binding.key] = line
