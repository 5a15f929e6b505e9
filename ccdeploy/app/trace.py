"""Trace: recorded traffic from a log on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project import bundle, config_names, host, lines_of, models, settings

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import MadeTrace


def trace(  # noqa: PLR0913 - each an option
    project: Project,
    name: str | None,
    config: str | None,
    *,
    from_log: str,
    alias: str | None = None,
    output: str | None = None,
) -> MadeTrace:
    """Make a trace of a log; write it to `output` if that is named. Raises Refused for a log that tells too little."""
    from ccdeploy.litellm.config import parse_config
    from ccdeploy.operations.inventory import known
    from ccdeploy.operations.trace import trace as run

    files, shown_as, main = bundle(project, _config(project, name, config))
    written = models(project)
    made = run(
        lines_of(Path(from_log).expanduser()),
        Path(from_log).name,
        parse_config(files.files, main, shown_as),
        known(written) if written else {},
        memory_bytes=lambda: _memory_bytes(project, name),
        alias=alias,
    )
    if output is None:
        return made
    _write(Path(output).expanduser(), made)
    return replace(made, output=output)


def _config(project: Project, name: str | None, config: str | None) -> str:
    """Return the config that is meant. The sandbox need not be up to be asked what it serves."""
    found = config or getattr(settings(project).host(name), "config", None)
    known = config_names(project)
    if found is None and len(known) != 1:
        raise Refused("which config is not said", hint=f"name one of: {', '.join(known) or 'none'}")
    return found or known[0]


def _memory_bytes(project: Project, name: str | None) -> int | None:
    ollama = host(project, name).ollama
    return ollama.memory_bytes if ollama else None


def _write(path: Path, made: MadeTrace) -> None:
    import json

    try:
        path.write_text(json.dumps(made.trace) + "\n", encoding="utf-8")
    except OSError as exc:
        raise Refused(f"{path} cannot be written: {exc.strerror}", hint="name another file") from exc
