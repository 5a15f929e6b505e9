"""What a project knows that a plan is made of: its models, and the memory that the settings give them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.project import models

if TYPE_CHECKING:
    from ccdeploy.operations.plan import Basis
    from ccdeploy.project import Project
    from ccdeploy.settings import Embedded, Host


def basis(project: Project, where: Host | Embedded) -> Basis:
    """Return what is known of a host's Ollama without asking anybody."""
    from ccdeploy.operations.inventory import known
    from ccdeploy.operations.plan import Basis
    from ccdeploy.remote.ollama import as_written

    there = models(project)
    ollama = getattr(where, "ollama", None)
    found = Basis(known(there) if there else {}, host=where.name, url=getattr(ollama, "url", None))
    found = replace(found, server=as_written(found.server, ollama))
    written = _written(project, where)
    return found if written is None else with_memory(found, written, f"the settings of {where.name}")


def with_memory(basis: Basis, memory_bytes: int, said_by: str) -> Basis:
    """Return the basis with the memory that somebody told."""
    return replace(basis, server=replace(basis.server, gpu_total_bytes=memory_bytes), memory_from=said_by)


def _written(project: Project, where: Host | Embedded) -> int | None:
    """Return the memory that the settings name; that of the sandbox without bringing it up."""
    from ccdeploy.settings import Embedded
    from ccdeploy.units import size_bytes

    if isinstance(where, Embedded):
        text = project.embedded_memory()
        return None if text is None else size_bytes(text)
    return where.ollama.memory_bytes if where.ollama else None
