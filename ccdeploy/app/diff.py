"""Diff: what a deploy would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.narrowing import of_phase
from ccdeploy.app.way import work_on
from ccdeploy.project import bundle, config_name, demand_config
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Diff


def diff(
    project: Project, host: str | None, config: str | None, *, text: bool = False, phase: int | None = None
) -> Diff:
    """Say what a deploy would change: in meaning, or in the text. Raises Refused for a config without a meaning."""
    from ccdeploy.litellm.config import parse_config, read_config
    from ccdeploy.operations.diff import diff as run

    if config is not None:
        demand_config(project, config)  # before the embedded host is brought up, which takes a while
    where = host_of(project, host)
    files, shown_as, main = bundle(project, config_name(project, config, where))
    reads = read_config if text and phase is None else parse_config
    files, parsed = of_phase(phase, files, reads(files.files, main, shown_as))
    with work_on(project, where) as work:
        return run(work, files, parsed, is_text=text)
