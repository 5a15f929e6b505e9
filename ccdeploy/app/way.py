"""The way to a host for the length of a verb: transport, steps, clock and performer, opened and closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ccdeploy.errors import CommandFailed
from ccdeploy.events import Steps
from ccdeploy.project import performer

if TYPE_CHECKING:
    from ccdeploy.app.hooks import Hooks
    from ccdeploy.operations.work import Work
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt
    from ccdeploy.settings import Host


def attempted(hooks: Hooks, host: Host, run: Callable[[Work], Attempt], *, is_rehearsal: bool) -> Attempt:
    """Return what came of an attempt at a host; the way there is closed before the hook of its outcome runs."""

    def attempt() -> Attempt:
        with work_on(hooks.project, host, is_rehearsal=is_rehearsal) as work:
            return run(work)

    return hooks.around(attempt)


@contextmanager
def work_on(project: Project, host: Host, *, is_rehearsal: bool = False) -> Iterator[Work]:
    """Open the way to a host for the length of a verb."""
    from ccdeploy.clock import SystemClock
    from ccdeploy.operations.work import Work
    from ccdeploy.transport.rehearsal import RehearsalTransport
    from ccdeploy.transport.ssh import SshTransport

    clock = SystemClock()
    transport = SshTransport(host.name, host.ssh, project.observer)
    try:
        way = RehearsalTransport(transport, project.observer) if is_rehearsal else transport
        yield Work(way, host, Steps(project.observer, clock.monotonic), clock, performer(project.folder))
    except CommandFailed as exc:
        from ccdeploy.operations.explained import explained

        raise explained(exc) from exc
    finally:
        transport.close()
