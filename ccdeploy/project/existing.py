"""What a folder holds already of a project that `init` is asked to begin, and whether it says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project.folder import HOSTS
from ccdeploy.project.hosts import settings

if TYPE_CHECKING:
    from ccdeploy.project.folder import Project
    from ccdeploy.project.wish import Wish
    from ccdeploy.settings import Host, Settings


def existing(project: Project, wish: Wish) -> Settings | None:
    """Return the settings that are there, or None. Raises Refused for faulty ones, and for ones that say otherwise."""
    path = project.folder / HOSTS
    if not (path.exists() or path.is_symlink()):
        return None
    known = settings(project)
    if wish.address is not None and (said := _contradiction(known, wish)):
        raise Refused(
            f"{HOSTS} is there and says otherwise: {said}; nothing was written",
            hint=f"edit {HOSTS}, which init never changes, or begin in an empty folder",
        )
    return known


def _contradiction(known: Settings, wish: Wish) -> str | None:
    host = _meant(known, wish)
    if host is None:
        return f"no host is called '{wish.name}'" if wish.name else f"no host has the address '{wish.address}'"
    traefik, ollama = host.traefik, host.ollama
    pairs: dict[str, tuple[str | None, str | None]] = {
        "ssh.address": (wish.address, host.ssh.address),
        "ssh.user": (wish.user, host.ssh.user),
        "root": (wish.root, host.root),
        "traefik.url": (wish.url, traefik.url if traefik else None),
        "ollama.url": (wish.ollama, ollama.url if ollama else None),
    }
    for key, (asked, there) in pairs.items():
        if asked is not None and asked.rstrip("/") != there:
            return f"hosts.{host.name}.{key} is {there or 'null'}, not {asked}"
    return None


def _meant(known: Settings, wish: Wish) -> Host | None:
    from ccdeploy.settings import Host

    hosts = [host for host in known.hosts.values() if isinstance(host, Host)]
    if wish.name is not None:
        return next((host for host in hosts if host.name == wish.name), None)
    return next((host for host in hosts if host.ssh.address == wish.address), None)
