"""What a shell completes: hosts and configs by name, off the keys of files; silent when these are broken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccdeploy.cli.project import CONFIGS, HOSTS, project_folder

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from ccdeploy.cli.verb import Option


def complete_option(option: Option, incomplete: str) -> list[CompletionItem]:
    """Return the values of an option that begin with `incomplete`."""
    if option.completes == "host":
        return _items(host_names(project_folder(Path.cwd())), incomplete)
    return _items(dict.fromkeys(option.choices, ""), incomplete)


def complete_config(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the configs that begin with `incomplete` and are not on the command line yet."""
    given = ctx.params.get("config") or ()
    names = [name for name in config_names(project_folder(Path.cwd())) if name not in given]
    return _items(dict.fromkeys(names, ""), incomplete)


def complete_file(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows files best."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def host_names(folder: Path) -> dict[str, str]:
    """Return the hosts of a project, each with its address; none where the file is not there or is broken."""
    from ccdeploy import yamltext

    try:
        document = yamltext.load((folder / HOSTS).read_bytes(), str(HOSTS)).value
    except OSError:
        return {}
    hosts = document.get("hosts") if isinstance(document, dict) else None
    named = hosts.items() if isinstance(hosts, dict) else ()
    return {name: _address(host) for name, host in named if isinstance(name, str) and name.isprintable()}


def config_names(folder: Path) -> list[str]:
    """Return the configs of a project."""
    return sorted(path.stem for path in (folder / CONFIGS).glob("*.yaml"))


def _address(host: Any) -> str:
    ssh = host.get("ssh") if isinstance(host, dict) else None
    said = ssh.get("address") if isinstance(ssh, dict) else host
    return said if isinstance(said, str) and said.isprintable() else ""


def _items(names: dict[str, str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=said or None) for name, said in names.items() if name.startswith(incomplete)]
