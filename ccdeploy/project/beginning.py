"""Begins a project in a folder: the files that are not there are written, all others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, note
from ccdeploy.project.configs import config_names
from ccdeploy.project.existing import existing
from ccdeploy.project.folder import CONFIGS
from ccdeploy.project.schemas import renew_schemas, schema_texts, stale_schemas
from ccdeploy.project.starter import CONFIG, FABFILE, IGNORED, TASKS, starter_texts
from ccdeploy.project.writing import write_missing
from ccdeploy.results import Init, NextStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ccdeploy.project.folder import Project
    from ccdeploy.project.wish import Wish
    from ccdeploy.settings import Settings

_OURS = "verb_tasks"  # what tasks.py has our verbs from


def begin(project: Project, wish: Wish) -> Init:
    """Write what is missing of a project. Safe to repeat. Raises Refused with nothing written."""
    known = existing(project, wish)
    host = _host_name(known, wish)
    texts = _wanted(project, wish, _config_name(project, known, host))
    written = write_missing(project.folder, texts)
    renewed = renew_schemas(project.folder)
    kept = [name for name in texts if name not in (*written, *renewed)]
    return Init(
        folder=str(project.folder),
        host=host,
        written=tuple(written),
        renewed=tuple(renewed),
        kept=tuple(kept),
        next=tuple(_next(project, host)) if written else (),
        findings=tuple(_findings(project)),
    )


def _wanted(project: Project, wish: Wish, config: str) -> dict[str, str]:
    texts = {**starter_texts(wish, config), **schema_texts()}
    if config_names(project):
        del texts[f"{CONFIGS}/{config}.yaml"]  # there is one to deploy already
    if _is_foreign(project, TASKS, _OURS):
        del texts[FABFILE]  # it would ask that file for what is not in it
    return texts


def _findings(project: Project) -> Iterator[Finding]:
    """Yield what a kept file lacks for ccdeploy to be whole."""
    if _is_foreign(project, TASKS, _OURS):
        remedy = "add to it: from ccdeploy.cli.fab import verb_tasks, and namespace = verb_tasks()"
        yield note("no-tasks", TASKS, "`fab` finds no task of ccdeploy in it", remedy)
    if _is_foreign(project, FABFILE, TASKS.removesuffix(".py")):
        yield note(
            "no-tasks", FABFILE, "`fab` finds no task of ccdeploy in it", "add to it: from tasks import namespace"
        )
    if _is_foreign(project, IGNORED, ".ccdeploy"):
        yield note(
            "not-ignored", IGNORED, "it lets git take .ccdeploy/, with the keys of the sandbox", "add: .ccdeploy/"
        )
    yield from (finding for _, finding in stale_schemas(project.folder))


def _is_foreign(project: Project, name: str, mark: str) -> bool:
    """Whether a file is there that was written without ccdeploy in mind."""
    try:
        return mark not in (project.folder / name).read_text(encoding="utf-8", errors="replace")
    except OSError:  # not there, or a folder: nothing of the user's to judge
        return False


def _config_name(project: Project, known: Settings | None, host: str | None) -> str:
    """Return what the config of the project is called: what the host names, else the first one that is there."""
    named = getattr(known.hosts[host], "config", None) if known and host else None
    return named or next(iter(config_names(project)), CONFIG)


def _host_name(known: Settings | None, wish: Wish) -> str | None:
    """Return the host that the next commands are about: the one that was described, else a real one that is there."""
    from ccdeploy.settings import Host

    if known is None:
        return wish.host_name if wish.address else None
    hosts = [host for host in known.hosts.values() if isinstance(host, Host)]
    meant = [host.name for host in hosts if wish.address == host.ssh.address or host.name == known.defaults.host]
    return next(iter([*meant, *(host.name for host in hosts)]), None)


def _next(project: Project, host: str | None) -> Iterator[NextStep]:
    config = f"{CONFIGS}/{next(iter(config_names(project)), CONFIG)}.yaml"
    if host is not None:
        yield NextStep(f"$EDITOR {config}", f"name the models that `ollama list` shows on {host}")
    yield NextStep("ccdeploy check", "judge every file, offline")
    yield NextStep("ccdeploy deploy --host sandbox", "try it on this machine first")
    if host is None:
        yield NextStep("$EDITOR configs/hosts.yaml", "describe a host of your own")
        return
    yield NextStep(f"ccdeploy setup --install --host {host}", "the folders, LiteLLM where there is none, a master key")
    yield NextStep(f"ccdeploy doctor --host {host}", "is the host fit; each fault with its remedy")
    yield NextStep(f"ccdeploy deploy --host {host} --dry-run", "ask everything for real, write nothing")
    yield NextStep(f"ccdeploy deploy --host {host}", "the new proxy is verified before it serves")
