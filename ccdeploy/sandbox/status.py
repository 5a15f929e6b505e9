"""What there is of a sandbox, looked at without changing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccdeploy.sandbox.layout import layout_of
from ccdeploy.sandbox.processes import marked
from ccdeploy.sandbox.state import read_state


@dataclass(frozen=True)
class PartStatus:
    """One part: its process, its port, whether it runs, and the file with its output."""

    name: str
    pid: int
    port: int
    is_alive: bool
    output: str


@dataclass(frozen=True)
class Status:
    """What there is of a sandbox: every folder, port and process; `others` are the pids of all else that it runs."""

    folder: str
    is_up: bool
    root: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    parts: tuple[PartStatus, ...] = ()
    others: tuple[int, ...] = ()
    host: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0


def status(folder: Path) -> Status:
    """Return what there is of the sandbox; changes nothing and waits for nobody."""
    layout = layout_of(folder)
    state = read_state(layout.state)
    if not state or state.folder != layout.folder:
        return Status(str(layout.base), False, others=tuple(p.pid for p in marked(str(layout.base))))
    parts = tuple(
        PartStatus(p.name, p.process.pid, p.port, p.is_alive, str(layout.output(p.name))) for p in state.parts.values()
    )
    known = {p.pid for p in parts}
    return Status(
        folder=str(layout.base),
        is_up=bool(parts) and all(p.is_alive for p in parts),
        root=str(layout.root),
        ports=state.ports,
        parts=parts,
        others=tuple(p.pid for p in marked(str(layout.base)) if p.pid not in known),
        host=state.host,
    )
