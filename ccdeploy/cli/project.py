"""Which project a command is about: the folder with configs/hosts.yaml in or above the current one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.app import Project
    from ccdeploy.events import Observer

HOSTS = Path("configs") / "hosts.yaml"
CONFIGS = Path("configs") / "litellm"


def project_folder(start: Path) -> Path:
    """Return the nearest folder, `start` or above, with the settings; else `start`, of which app says what lacks."""
    return next((folder for folder in (start, *start.parents) if (folder / HOSTS).is_file()), start)


def project_here(observer: Observer) -> Project:
    """Return the project of the current folder."""
    from ccdeploy.app import Project
    from ccdeploy.cli.sandbox import embedded, embedded_memory

    folder = project_folder(Path.cwd())
    return Project(folder, observer, embedded(folder, observer), embedded_memory(folder))
