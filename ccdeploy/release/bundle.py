"""A bundle: the bytes of one deployable config and its includes, and the digest that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

MAIN = "config.yaml"  # the name under which the config stands in every release


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """The files of a release by POSIX path relative to its folder; `config.yaml` is the one that is run."""

    config: str
    files: Mapping[str, bytes]
    phase: int | None = None  # the one that the config was narrowed to

    @cached_property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file, by path."""
        return {path: sha256(data) for path, data in sorted(self.files.items())}

    @cached_property
    def digest(self) -> str:
        """One digest of all paths and contents; two bundles with the same digest serve the same."""
        return digest_of(self.digests)


def digest_of(digests: Mapping[str, str]) -> str:
    """Return the digest of a bundle whose files have these digests."""
    return sha256("".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode())
