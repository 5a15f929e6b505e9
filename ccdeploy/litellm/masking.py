"""A config's text for people: every secret in it masked, wherever and however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ccdeploy import yamltext
from ccdeploy.litellm.deployment import env_name
from ccdeploy.secret import MASK, Secret, confidential, is_secret_name, mask

_KEY = re.compile(r"""([\w.\-]+)["']?\s*:(?:\s+|$)""")  # in a text that is no YAML
_COUNT = re.compile(r"(?i)tokens?$")  # max_tokens: 5 is a number of them, input_cost_per_token: 1e-06 a price
_NUMBER = re.compile(r"[\d.]+(?:[eE][-+]?\d+)?")
# Whatever the names in them: a header is there to prove who asks, and so are the values of a credential.
_ALL_SECRET = re.compile(r"(?i)headers$|^credential_values$")
_SWITCH = re.compile(r"(?i)true|false|null|~")  # filter_invalid_headers: true
# What the server of a tool is given: how it shows who asks, the environment and the arguments of its command.
_OF_A_TOOL = frozenset({"auth_value", "env", "args"})
_VARIABLES = "environment_variables"
# Of a text that is no YAML.
_MOST_LINES = 20_000
_LONGEST_LINE = 4096
# What servers without keys are given, because clients insist on one.
NO_SECRETS = re.compile(
    r"(?:sk-)?(?:none|null|dummy|fake|empty|unused|ollama|no-?key(?:-required)?|not-?needed|na|x+|)", re.I
)


def masked_config(data: bytes) -> str:
    """Return the text with the values of secret keys, and everything of the shape of a key, masked.

    A reference to the environment is shown. In a text that is no YAML all that may belong to a
    secret key is masked, line by line.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    document = yamltext.load(text, "")
    shown = _by_place(text, document) if document.is_readable else "".join(_by_line(text))
    return mask(shown)


def is_secret_at(path: yamltext.Path, value: str) -> bool:
    """Whether a plain value at this place of a config is a secret; a reference to the environment is none."""
    if not value or env_name(value) is not None:
        return False
    if path[:1] == (_VARIABLES,) and confidential({str(path[-1]): Secret(value)}):
        return True
    if any(_ALL_SECRET.search(str(key)) for key in path):
        return not _SWITCH.fullmatch(value)
    if path[:1] == ("mcp_servers",) and not _OF_A_TOOL.isdisjoint(map(str, path[2:])):
        return True
    return any(is_secret_name(str(key)) for key in path) and not _is_count(path, value)


def literal_secrets(value: Any) -> tuple[Secret, ...]:
    """Return every secret that stands in a config's own values, in each form in which a log may have it.

    What is named so is one however short; of what is only among headers and the like, what may be one.
    """
    found: set[Secret] = set()
    for path, text in _plain_values(value, ()):
        if is_secret_at(path, text) and not NO_SECRETS.fullmatch(text):
            name = "secret" if any(is_secret_name(str(key)) for key in path) else "value"
            found.update(confidential({name: Secret(text)}))
    return tuple(found)


def _plain_values(value: Any, path: yamltext.Path) -> Iterator[tuple[yamltext.Path, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _plain_values(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _plain_values(inner, (*path, index))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield path, str(value)


def _by_place(text: str, document: yamltext.Document) -> str:
    pieces: list[str] = []
    rest = len(text)  # what stands from here on is done
    for path, start, end in sorted(document.scalars, key=lambda scalar: scalar[1], reverse=True):
        written = text[start:end]
        # A value that an alias repeats comes twice.
        if start < rest and is_secret_at(path, written.strip().strip("\"'")):
            ending = written[len(written.rstrip()) :]
            pieces += [text[end:rest], ending, MASK]
            rest = start
    return text[:rest] + "".join(reversed(pieces))


def _by_line(text: str) -> Iterator[str]:
    depth: int | None = None  # how far a secret key is indented, while what is below may be its value
    # What is no config of LiteLLM's may have lines without an end, in which a search for keys would not end.
    for whole in text[: yamltext.MAX_BYTES].splitlines(keepends=True)[:_MOST_LINES]:
        line = whole if len(whole) <= _LONGEST_LINE else f"{whole[:_LONGEST_LINE]}...\n"
        indent = len(line) - len(line.lstrip(" -"))
        if depth is not None and (indent > depth or not line.strip()):
            yield line if not line.strip() else f"{line[:indent]}{MASK}\n"
            continue
        secret = next((key for key in _KEY.finditer(line) if _is_secret_key(key[1])), None)
        depth = indent if secret else None
        value = line[secret.end() :].strip() if secret else ""
        is_shown = not value or env_name(value.strip("\"',}]")) is not None
        yield line if secret is None or is_shown else f"{line[: secret.end()]}{MASK}\n"


def _is_secret_key(name: str) -> bool:
    return is_secret_name(name) or bool(_ALL_SECRET.search(name))


def _is_count(path: yamltext.Path, written: str) -> bool:
    return bool(path) and bool(_COUNT.search(str(path[-1]))) and bool(_NUMBER.fullmatch(written))
