"""Init: begin a project in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Init


def init(project: Project, answers: Mapping[str, str | None]) -> Init:
    """Write the files of a project that are not there, for the host that the answers describe."""
    from ccdeploy.project.beginning import begin
    from ccdeploy.project.wish import Wish

    return begin(project, Wish.of(answers))


def init_default(key: str, answers: Mapping[str, str | None]) -> str:
    """Return what an answer is when none is given."""
    from ccdeploy.project.wish import default_of

    return default_of(key, answers)


def init_fault(key: str, text: str) -> str | None:
    """Return what is wrong with an answer, or None; a question is asked again with it."""
    from ccdeploy.project.wish import fault_of

    return fault_of(key, text)
