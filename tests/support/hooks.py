"""Hooks of a test: small scripts in a project's `hooks/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# Keeps what it is told, in the project's folder, under its own name.
KEEPS = 'cat >"told-$CCDEPLOY_EVENT.json"; env >"env-$CCDEPLOY_EVENT"; echo "$CCDEPLOY_EVENT" >>ran'


def write_hook(folder: Path, name: str, script: str = KEEPS, first: str = "#!/bin/sh", mode: int = 0o755) -> Path:
    """Write a hook of the project in `folder`."""
    path = folder / "hooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first}\n{script}\n")
    path.chmod(mode)
    return path


def told(folder: Path, name: str) -> dict[str, Any]:
    """Return the JSON that a hook which keeps what it is told was given."""
    return dict(json.loads((folder / f"told-{name}.json").read_text()))


def variables(folder: Path, name: str) -> dict[str, str]:
    """Return the variables of ours that it was given."""
    lines = (folder / f"env-{name}").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line.startswith("CCDEPLOY_"))


def ran(folder: Path) -> list[str]:
    """Return which hooks that keep what they are told ran, in their order."""
    path = folder / "ran"
    return path.read_text().split() if path.exists() else []
