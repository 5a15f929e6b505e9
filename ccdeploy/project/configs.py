"""The configs of a project, and the one that is meant, with its includes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project.folder import CONFIGS, HOSTS
from ccdeploy.project.reading import read_start

if TYPE_CHECKING:
    from ccdeploy.project.folder import Project
    from ccdeploy.release.bundle import Bundle
    from ccdeploy.settings import Host


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


def demand_config(project: Project, name: str) -> str:
    """Return the name of a config without its ending. Raises Refused when there is no such config."""
    from difflib import get_close_matches

    name = Path(name).stem if name.endswith((".yaml", ".yml")) else name
    if not (project.folder / CONFIGS / f"{name}.yaml").is_file():
        known = config_names(project)
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise Refused(f"no config is called '{name}' in {CONFIGS}/", hint=hint)
    return name


def bundle(project: Project, name: str) -> tuple[Bundle, str, str]:
    """Return a config with its includes as a bundle, the path that people know it by, and its main file.

    Raises Refused when there is no such config.
    """
    from ccdeploy.litellm.includes import gather
    from ccdeploy.release.bundle import MAIN, Bundle

    folder = project.folder / CONFIGS
    name = demand_config(project, name)

    def read(path: str) -> bytes | None:
        try:
            return read_start(folder / path)
        except OSError:
            return None

    files = gather(f"{name}.yaml", read)
    main = files.pop(f"{name}.yaml", b"")
    return Bundle(name, {MAIN: main, **files}), f"{CONFIGS}/{name}.yaml", MAIN
