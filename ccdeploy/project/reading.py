"""Reads a file of the project as far as it can be one of ours: what is longer is told to be too large."""

from __future__ import annotations

from pathlib import Path


def read_start(path: Path) -> bytes:
    """Return the bytes of a file, and of a very large one the first: too many to be taken for YAML. Raises OSError."""
    from ccdeploy.yamltext import MAX_READ

    with path.open("rb") as file:
        return file.read(MAX_READ)
