"""The Pythons of this machine, by name: on PATH, or among those that pyenv keeps."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

VERSIONS = ("3.11", "3.12", "3.13")


def python(version: str) -> str | None:
    """Return an interpreter of this version, or None. Our own is the first of its version."""
    return next(
        (program for program in _candidates(version) if _says(program, "-V").startswith(f"Python {version}.")), None
    )


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if found := shutil.which(f"python{version}"):
        yield found
    if pyenv := shutil.which("pyenv"):
        for name in _says(pyenv, "versions", "--bare").split():
            if name.startswith(f"{version}."):
                yield f"{_says(pyenv, 'prefix', name)}/bin/python"


def _says(*words: str) -> str:
    """Return what a program prints, nothing where it is none or fails (a shim of pyenv without its Python)."""
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=180, check=False).stdout.strip()
    except OSError:
        return ""
