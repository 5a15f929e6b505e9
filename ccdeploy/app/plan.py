"""Plan: what a config, or recorded traffic, will do to the memory of an Ollama."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.app.basis import basis, with_memory
from ccdeploy.errors import Refused, UsageFault
from ccdeploy.project import bundle, config_names, settings
from ccdeploy.project import host as host_of

if TYPE_CHECKING:
    from ccdeploy.operations.plan import Basis
    from ccdeploy.project import Project
    from ccdeploy.results import Plan, Replays
    from ccdeploy.settings import Embedded, Host


# What `check` says of a config that no plan can reckon with as it is written.
_NO_FIGURES = {
    *("num-ctx-type", "keep-alive-type", "phases-shape", "agents-shape", "health-interval"),
    *("fallback-unknown", "fallback-circular", "config-no-models"),
}


@dataclass(frozen=True)
class Assumed:
    """What a person says of the traffic and the memory; None where nothing was said.

    `every_s` is how often each alias is asked for, `poll_s` how often somebody asks GET /health, and
    `load_bytes_per_s` how fast a model is loaded.
    """

    memory_bytes: int | None = None
    every_s: float | None = None
    load_bytes_per_s: float | None = None
    poll_s: float | None = None


def plan(project: Project, host: str | None, config: str | None, assumed: Assumed | None = None) -> Plan:
    """Judge the named config, or the one of the host, by the memory of the host.

    Only a host that is named is asked, and only where its settings do not say how much memory there is.
    """
    from ccdeploy.findings import ordered
    from ccdeploy.litellm.config import parse_config
    from ccdeploy.litellm.lint import lint_config
    from ccdeploy.operations.plan import plan as run

    where = settings(project).host(host)
    name = config or getattr(where, "config", None) or _only(project, where.name)
    files, shown_as, main = bundle(project, name)
    parsed = parse_config(files.files, main, shown_as)
    found = run(parsed, files.config, _basis(project, where, assumed or Assumed(), is_named=host is not None))
    wrong = [finding for finding in lint_config(parsed) if finding.code in _NO_FIGURES]
    return replace(found, findings=tuple(ordered([*found.findings, *wrong])))


def replay(project: Project, path: str) -> Replays:
    """Return what the traces of a file lead to. Raises Refused for a file that is none."""
    from ccdeploy.ollama.simulation import replay as run
    from ccdeploy.ollama.trace import traces
    from ccdeploy.results import Replays

    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Refused(f"{path} is no text", hint="`ccdeploy trace` makes such a file from a log") from exc
    except OSError as exc:
        raise Refused(f"{path} cannot be read: {exc.strerror}", hint="check the path") from exc
    try:
        return Replays(tuple(run(trace).to_json() for trace in traces(text)))
    except ValueError as exc:
        raise Refused(f"{path}: {exc}", hint="docs/reference/traces.md has the format") from exc


def save_page(path: str, text: str) -> str:
    """Write a page in one rename, and return where. Raises Refused for a place that takes no file."""
    from ccdeploy.project.writing import replace_file

    try:
        target = Path(path).expanduser()
        if target.exists() and not target.is_file():  # a device would be replaced by a file
            raise Refused(f"{path} is no file", hint="name a file, such as memory.html")
        if target.is_symlink() and not target.exists():
            raise Refused(f"{path} is a link that leads nowhere", hint="name another file")
        if not target.parent.is_dir():
            raise Refused(f"{path} cannot be written: there is no folder {target.parent}", hint="name another file")
        replace_file(target, text.encode("utf-8"))
    except OSError as exc:
        raise Refused(f"{path} cannot be written: {exc.strerror}", hint="name another file") from exc
    except RuntimeError as exc:
        raise Refused(f"{path} is in the home folder of nobody here", hint="name another file") from exc
    return str(target)


def _only(project: Project, host: str) -> str:
    known = config_names(project)
    if len(known) == 1:
        return known[0]
    raise UsageFault(f"{host} names no config to plan; name one: {', '.join(known) or 'there is none'}")


def _basis(project: Project, where: Host | Embedded, assumed: Assumed, *, is_named: bool) -> Basis:
    known = basis(project, where)
    known = replace(
        known,
        every_s=assumed.every_s or known.every_s,
        load_bytes_per_s=assumed.load_bytes_per_s or known.load_bytes_per_s,
        poll_s=assumed.poll_s,
    )
    if assumed.memory_bytes is not None:
        return with_memory(known, assumed.memory_bytes, "--memory")
    return _asked(project, where, known) if is_named and known.server.gpu_total_bytes is None else known


def _asked(project: Project, where: Host | Embedded, known: Basis) -> Basis:
    """Return the basis with what the log of the host's Ollama says of it, if any tells."""
    from ccdeploy.app.way import work_on
    from ccdeploy.remote.ollama import last_start_on, server_of

    host = host_of(project, where.name)
    with work_on(project, host) as work:
        found = last_start_on(work.transport, host)
    if found is None:
        return known
    told = server_of(host, found, found.start.version or known.server.version)
    return replace(known, server=told, memory_from=f"{where.name}: {found.place}")
