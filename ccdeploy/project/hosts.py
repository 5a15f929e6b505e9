"""The settings of a project, and the host that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project.configs import config_names
from ccdeploy.project.folder import HOSTS
from ccdeploy.project.reading import read_start

if TYPE_CHECKING:
    from ccdeploy.project.folder import Project
    from ccdeploy.settings import Host, Settings


def settings(project: Project) -> Settings:
    """Return the settings. Raises Refused when there are none, or with every fault in them."""
    from ccdeploy.settings import load_settings

    path = project.folder / HOSTS
    try:
        text = read_start(path)
    except FileNotFoundError as exc:
        raise Refused(
            f"there is no {HOSTS} here or in a folder above",
            hint="run ccdeploy in the folder of your project, or begin one here: ccdeploy init",
        ) from exc
    except OSError as exc:
        raise Refused(f"{HOSTS} cannot be read: {exc.strerror}", hint="check its owner and mode") from exc
    return load_settings(text, HOSTS)


def host(project: Project, name: str | None) -> Host:
    """Return the host that is meant; the embedded one is brought up. Raises Refused for a name that is none."""
    from ccdeploy.settings import Embedded, host_from_mapping

    found = settings(project).host(name)
    if isinstance(found, Embedded):
        described = {**project.embedded()}
        if described.get("config") not in config_names(project):
            described["config"] = None  # the sandbox names one of those that ship; another project has its own
        return host_from_mapping(found.name, described, ".ccdeploy/sandbox/state.json")
    return _with_whole_paths(found, project.folder)


def is_embedded(project: Project, name: str | None) -> bool:
    """Whether the host that is meant is the embedded one; it is not brought up. Raises Refused like `host`."""
    from ccdeploy.settings import Embedded

    return isinstance(settings(project).host(name), Embedded)


def _with_whole_paths(host: Host, folder: Path) -> Host:
    """Return the host with paths of this machine that hold wherever a verb is called from."""
    if host.traefik is None or host.traefik.ca_file is None:
        return host
    ca_file = str(folder / Path(host.traefik.ca_file).expanduser())
    return host.model_copy(update={"traefik": host.traefik.model_copy(update={"ca_file": ca_file})})
