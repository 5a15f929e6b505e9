"""The user's files: settings, configs with their includes, and the commit they are at."""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccdeploy.errors import Refused
from ccdeploy.events import Observer

if TYPE_CHECKING:
    from ccdeploy.release.bundle import Bundle
    from ccdeploy.release.manifest import Performer
    from ccdeploy.settings import Host, Settings

HOSTS = "configs/hosts.yaml"
CONFIGS = "configs/litellm"


@dataclass(frozen=True)
class Project:
    """A user's project: its folder, who watches, and how the embedded host is brought up.

    `embedded` returns a host entry as hosts.yaml would have it.
    """

    folder: Path
    observer: Observer
    embedded: Callable[[], Mapping[str, Any]]


def settings(project: Project) -> Settings:
    """Return the settings. Raises Refused when there are none, or with every fault in them."""
    from ccdeploy.settings import load_settings

    path = project.folder / HOSTS
    try:
        text = path.read_bytes()
    except FileNotFoundError as exc:
        raise Refused(
            f"there is no {HOSTS} here or in a folder above",
            hint=f"run ccdeploy in the folder of your project, or write {HOSTS}: docs/settings.md has every key",
        ) from exc
    except OSError as exc:
        raise Refused(f"{HOSTS} cannot be read: {exc.strerror}", hint="check its owner and mode") from exc
    return load_settings(text, HOSTS)


def host(project: Project, name: str | None) -> Host:
    """Return the host that is meant; the embedded one is brought up. Raises Refused for a name that is none."""
    from ccdeploy.settings import Embedded, host_from_mapping

    found = settings(project).host(name)
    if isinstance(found, Embedded):
        return host_from_mapping(found.name, project.embedded(), ".ccdeploy/sandbox/state.json")
    return found


def config_name(project: Project, name: str | None, host: Host) -> str:
    """Return the config that is meant: the named one, the host's, or the only one."""
    if name is not None or host.config is not None:
        return name or host.config or ""
    known = config_names(project)
    if len(known) == 1:
        return known[0]
    raise Refused(
        f"{host.name} names no config to deploy",
        hint=f"name one ({', '.join(known) or f'{CONFIGS}/ is empty'}), or set `config:` for it in {HOSTS}",
    )


def config_names(project: Project) -> list[str]:
    """Return the names of all configs of the project."""
    return sorted(path.stem for path in (project.folder / CONFIGS).glob("*.yaml"))


def bundle(project: Project, name: str) -> tuple[Bundle, str, str]:
    """Return a config with its includes as a bundle, the path that people know it by, and its main file.

    Raises Refused when there is no such config.
    """
    from difflib import get_close_matches

    from ccdeploy.litellm.includes import gather
    from ccdeploy.release.bundle import MAIN, Bundle

    folder = project.folder / CONFIGS
    name = Path(name).stem if name.endswith((".yaml", ".yml")) else name
    if not (folder / f"{name}.yaml").is_file():
        known = config_names(project)
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise Refused(f"no config is called '{name}' in {CONFIGS}/", hint=hint)

    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except OSError:
            return None

    files = gather(f"{name}.yaml", read)
    main = files.pop(f"{name}.yaml", b"")
    return Bundle(name, {MAIN: main, **files}), f"{CONFIGS}/{name}.yaml", MAIN


def performer(folder: Path) -> Performer:
    """Return who deploys, from which machine and commit."""
    from ccdeploy.release.manifest import Performer

    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        who = "unknown"
    return Performer(who, socket.gethostname(), _commit(folder))


def _commit(folder: Path) -> str | None:
    """Return the commit of the user's project, marked when files differ from it; None outside a repository."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None
