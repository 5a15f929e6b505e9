"""Models: what the Ollama of a host has, and keeping that in configs/models.yaml."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.project import config_names, save_figures
from ccdeploy.project import host as host_of
from ccdeploy.project import models as known_to

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Inventory


def models(project: Project, host: str | None, *, save: bool = False) -> Inventory:
    """List what the Ollama of a host has; with `save`, put it into configs/models.yaml, where all else stays."""
    from ccdeploy.operations.models import models as run

    known = known_to(project)  # a faulty file is refused before anybody is asked
    with work_on(project, host_of(project, host)) as work:
        found = run(work, known, _wanted(project))
    return replace(found, saved=save_figures(project, found)) if save else found


def _wanted(project: Project) -> dict[str, frozenset[str]]:
    """Return the models of Ollama that each config names; what is wrong with a config is for `check` to say."""
    from ccdeploy.errors import Refused
    from ccdeploy.litellm.config import read_config
    from ccdeploy.project import bundle

    wanted: dict[str, frozenset[str]] = {}
    for name in config_names(project):
        try:
            files, shown_as, main = bundle(project, name)
            config = read_config(files.files, main, shown_as)
        except Refused:
            continue
        named = (one.ollama_model for one in config.deployments if not one.is_wildcard)
        wanted[name] = frozenset(model for model in named if model)
    return wanted
