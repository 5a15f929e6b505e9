"""Watch: who is in the host's Ollama, and when models displace each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.errors import UsageFault
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.operations.watch import View
    from ccdeploy.project import Project
    from ccdeploy.results import Watch

_OFTENEST_S = 0.1


def watch(  # noqa: PLR0913 - how long, how often, and from where on it is an alarm
    project: Project,
    host: str | None,
    view: View,
    *,
    for_s: float | None = None,
    every_s: float | None = None,
    within_s: float | None = None,
    reappearances: int | None = None,
    changes: int | None = None,
) -> Watch:
    """Show `view` what happens, until the time is over, Ctrl-C, or nobody reads any more. What is None is as usual."""
    from ccdeploy.ollama.thrash import Limits
    from ccdeploy.operations.watch import Wish
    from ccdeploy.operations.watch import watch as run

    usual = Wish()
    wish = Wish(
        Limits(
            reappearances or usual.limits.reappearances,
            changes or usual.limits.changes,
            usual.limits.within_s if within_s is None else within_s,
        ),
        for_s,
        usual.every_s if every_s is None else every_s,
    )
    if wish.every_s < _OFTENEST_S:
        raise UsageFault(f"--every: {wish.every_s:g} s is too often for a host; write {_OFTENEST_S:g} or more")
    with work_on(project, host_of(project, host)) as work:
        return run(work, wish, view)
