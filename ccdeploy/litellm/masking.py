"""A config's text for people: every secret in it masked, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccdeploy import yamltext
from ccdeploy.litellm.deployment import env_name
from ccdeploy.secret import Secret, is_secret_name, mask


def masked_config(data: bytes) -> str:
    """Return the text with the values of secret keys, and everything of the shape of a key, masked."""
    text = data.decode("utf-8", "replace")
    return mask(text, [Secret(value) for value in _secrets(yamltext.load(data, "").value)])


def _secrets(value: Any, is_secret: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets(inner, is_secret or is_secret_name(str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, is_secret)
    elif is_secret and isinstance(value, str) and env_name(value) is None:
        yield value
