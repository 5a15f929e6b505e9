"""Values that must never be shown, and the masking of what may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
# The names under which LiteLLM configs and env files keep secrets.
SECRET_NAME = re.compile(r"(?i)(?:^|[_\-.])(?:api_?key|key|token|secret|password|passwd|credentials?|authorization)s?$")
# Shapes of well-known keys: OpenAI-like (and LiteLLM's own), GitHub, AWS, Slack, Google.
SECRET_SHAPE = re.compile(
    r"(?:sk-[A-Za-z0-9_\-]{6,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9\-]{10,}|AIza[\w\-]{30,})"
)


class Secret:
    """A string that shows itself only to `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; call this only where the value leaves for where it belongs."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def mask(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` without the given secrets and without anything of the shape of a well-known key."""
    for secret in sorted((s.reveal() for s in secrets), key=len, reverse=True):
        if len(secret) >= 4:  # a shorter value would blank out ordinary words
            text = text.replace(secret, MASK)
    return SECRET_SHAPE.sub(MASK, text)


def is_secret_name(name: str) -> bool:
    """Whether a key of this name (`api_key`, `LITELLM_MASTER_KEY`) holds a secret."""
    return bool(SECRET_NAME.search(name))
