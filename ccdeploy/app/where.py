"""The host that a verb is for, with the strategy that was asked for instead of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.project import host

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.settings import Host


def where(project: Project, name: str | None, strategy: str | None) -> Host:
    """Return the named host, or the default one. Raises what `project.host` raises."""
    found = host(project, name)
    return found if strategy is None else found.model_copy(update={"strategy": strategy})
