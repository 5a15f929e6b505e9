"""A user's project: its folder, and where its files are in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccdeploy.events import Observer

HOSTS = "configs/hosts.yaml"
CONFIGS = "configs/litellm"
MODELS = "configs/models.yaml"


@dataclass(frozen=True)
class Project:
    """A user's project: its folder, who watches, and how the embedded host is brought up.

    `embedded` returns a host entry as hosts.yaml would have it; `embedded_memory` the size that its Ollama
    has, without bringing it up.
    """

    folder: Path
    observer: Observer
    embedded: Callable[[], Mapping[str, Any]]
    embedded_memory: Callable[[], str | None] = lambda: None
