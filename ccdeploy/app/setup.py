"""Setup: make what a first deploy needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.app.way import work_on
from ccdeploy.errors import Refused
from ccdeploy.project import host as host_of
from ccdeploy.project import is_embedded

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Setup


def setup(  # noqa: PLR0913  # one parameter an option of the verb
    project: Project,
    host: str | None,
    *,
    install: str | None = None,
    traefik: bool = False,
    at_boot: bool = False,
    dry_run: bool = False,
    wait_s: float = 0,
) -> Setup:
    """Make on a host what a first deploy needs; `install` a LiteLLM of this version, empty for the newest.

    `traefik` writes Traefik's dynamic file too, `at_boot` a unit that starts the proxy after a boot.
    Raises Refused.
    """
    from ccdeploy.operations.setup import Extra
    from ccdeploy.operations.setup import setup as run

    if at_boot and is_embedded(project, host):
        raise Refused(
            "the embedded host is no machine that boots: the next command brings it up where it is down",
            hint="name a host of your own: `ccdeploy setup --at-boot --host NAME`",
        )
    with work_on(project, host_of(project, host), is_rehearsal=dry_run) as work:
        return run(work, Extra(install, traefik, at_boot), is_rehearsal=dry_run, wait_s=wait_s)
