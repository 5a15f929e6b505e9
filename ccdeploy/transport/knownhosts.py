"""The known_hosts format of OpenSSH: plain, hashed and wildcard names, ports, `@revoked`. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownKey:
    """One line of a known_hosts file; `where` is `file:line`, `blob` the public key."""

    names: str
    kind: str
    blob: bytes
    where: str
    is_revoked: bool = False

    def is_for(self, name: str) -> bool:
        """Whether the line speaks of `name` (`host`, or `[host]:port`)."""
        if self.names.startswith("|1|"):
            return _hashed_matches(self.names, name)
        patterns = self.names.lower().split(",")
        if any(_matches(p[1:], name) for p in patterns if p.startswith("!")):
            return False
        return any(_matches(p, name) for p in patterns)


def known_keys(text: str, shown_as: str) -> Iterator[KnownKey]:
    """Yield the keys of a known_hosts file.

    Lines that OpenSSH would not understand are passed over, and so are certificate authorities:
    host certificates are never asked for.
    """
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or marker not in ("", "@revoked"):
            continue
        try:
            blob = base64.b64decode(words[2], validate=True)
        except ValueError:
            continue
        yield KnownKey(words[0], words[1], blob, f"{shown_as}:{number}", marker == "@revoked")


def keys_of(name: str, known: Iterable[KnownKey]) -> list[KnownKey]:
    """Return the keys that speak of `name`, revoked ones included."""
    return [key for key in known if key.is_for(name)]


def fingerprint(blob: bytes) -> str:
    """Return a key's fingerprint as `ssh` shows it: `SHA256:` and base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def line(name: str, kind: str, blob: bytes, *, is_hashed: bool = False) -> str:
    """Return the line that makes a key known; hashed, as `HashKnownHosts yes` wants it, it does not tell of whom."""
    return f"{_hashed(name) if is_hashed else name} {kind} {base64.b64encode(blob).decode()}\n"


def _hashed(name: str) -> str:
    salt = secrets.token_bytes(20)  # as long as a SHA-1, which the format asks for
    digest = hmac.new(salt, name.lower().encode(), hashlib.sha1).digest()
    return "|".join(["", "1", *(base64.b64encode(part).decode() for part in (salt, digest))])


def _hashed_matches(names: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in names.split("|")[2:4])
    except ValueError:
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)


def _matches(pattern: str, name: str) -> bool:
    """Match with `*` and `?` only: brackets, which ports need, are themselves."""
    expression = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, name.lower()) is not None
