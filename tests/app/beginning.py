"""Begins a project in a folder, and looks at what came of it."""

from __future__ import annotations

from pathlib import Path

from ccdeploy.app import Project, check, init
from ccdeploy.findings import Finding
from ccdeploy.results import Init


def project(folder: Path) -> Project:
    """The project of a folder."""
    return Project(folder, lambda _event: None, dict)


def begin(folder: Path, **answers: str) -> Init:
    """Begin a project in a folder."""
    return init(project(folder), answers)


def found_by_check(folder: Path) -> tuple[Finding, ...]:
    """What `check` finds in a folder."""
    return check(project(folder), ()).everything


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, with what is in it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
