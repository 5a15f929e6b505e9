"""Installing a LiteLLM on a host: which version, whether there is room for it, and the venv that it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused, UsageFault
from ccdeploy.litellm.version import COMPROMISED_NAMES, compromise, requirement, spelled
from ccdeploy.remote import venv
from ccdeploy.shell.venv import Plan
from ccdeploy.units import human_bytes

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.litellms import Litellms
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.settings import Host
    from ccdeploy.shell.python import Python

# Measured with litellm[proxy] 1.108: 755 MB of venv, and what pip downloads, unpacks and keeps beside it.
MIN_FREE_BYTES = 1_500_000_000


def wanted(asked: str | None, host: Host) -> str | None:
    """Return the version to install: the one asked for, else the pinned one; None for the newest.

    Raises UsageFault for a text that is no version, Refused for a version that steals.
    """
    try:
        version = spelled(asked) if asked else host.litellm_version
    except ValueError as exc:
        raise UsageFault(str(exc)) from exc
    if version is not None and (report := compromise(version)):
        raise Refused(
            f"{host.name}: litellm {version} steals SSH keys and credentials ({report})",
            hint=f"name another version; {COMPROMISED_NAMES} are never installed",
        )
    return version


def ready_to_install(work: Work, facts: Facts) -> Python:
    """Return the Python to install with. Raises Refused when there is none, or no room as far as that is known."""
    with work.steps.step("python", "look for a Python on the host") as told:
        python = venv.fit_python(work.transport)
        told.detail = f"{python.version} at {python.path}"
    demand_room(work, facts)
    return python


def demand_room(work: Work, facts: Facts) -> None:
    """Raise Refused when the disk is too full. It is not known before there is a root."""
    if facts.free_bytes is not None and facts.free_bytes < MIN_FREE_BYTES:
        raise Refused(
            f"{work.host.name}: {human_bytes(facts.free_bytes)} free at {facts.root}; "
            f"an installation of LiteLLM needs {human_bytes(MIN_FREE_BYTES)}",
            hint="free some space; old venvs are in venvs/",
        )


def newest(work: Work, lock: HeldLock, python: Python) -> str:
    """Return the newest version that the host's package index has. Raises Refused."""
    with work.steps.step("newest", "ask the package index for the newest litellm") as told:
        told.detail = version = venv.newest(lock, python, work.host.install_timeout_s, told.moved)
    if compromise(version):
        raise Refused(
            f"{work.host.name}: the index offers litellm {version}, which steals credentials, as the newest",
            hint="name a version, and do not trust this index: `pip config list` on the host shows it",
        )
    return version


def plan(host: Host, litellms: Litellms, python: Python, version: str, link: str | None = None) -> Plan:
    """Return the venv to make for this version; `link` is then to lead to it. The old venvs stay as they are."""
    folder = litellms.new_folder(version)
    return Plan(python.path, folder, requirement(version), version, link, host.install_timeout_s)


def install(work: Work, lock: HeldLock, planned: Plan) -> None:
    """Make a venv and install LiteLLM into it. Raises Refused, with the host as it was."""
    with work.steps.step("install", f"install litellm {planned.version} in {planned.folder}") as told:
        venv.install(lock, planned, told.moved)
        told.detail = f"with {planned.python}"
