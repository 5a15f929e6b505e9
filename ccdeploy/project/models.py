"""What a project knows of the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project.folder import MODELS

if TYPE_CHECKING:
    from ccdeploy.project.folder import Project
    from ccdeploy.settings import Models


def models(project: Project) -> Models | None:
    """Return what configs/models.yaml knows, or None where there is no such file. Raises Refused with every fault."""
    from ccdeploy.settings import load_models

    try:
        text = (project.folder / MODELS).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise Refused(f"{MODELS} cannot be read: {exc.strerror}", hint="check its owner and mode") from exc
    return load_models(text, MODELS)
