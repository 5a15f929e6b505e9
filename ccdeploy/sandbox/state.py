"""`state.json`: what a sandbox runs, on which ports, and the host entry that reaches it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ccdeploy.sandbox.options import SandboxOptions, options_from
from ccdeploy.sandbox.processes import Process

VERSION = 1


@dataclass(frozen=True)
class Part:
    """One running part, and the command line that started it: a different one means a restart."""

    name: str
    process: Process
    port: int
    argv: tuple[str, ...]

    @property
    def is_alive(self) -> bool:
        """Whether the very process that was started still runs."""
        return self.process.is_alive

    def to_json(self) -> dict[str, Any]:
        """Return the part as plain values."""
        return {"pid": self.process.pid, "started": self.process.started, "port": self.port, "argv": list(self.argv)}


@dataclass(frozen=True)
class Hand:
    """The proxy that was started by hand, and whether it has answered once."""

    process: Process
    is_ready: bool


PENDING = Hand(Process(0, 0.0), is_ready=False)  # it has still to be started


@dataclass(frozen=True)
class State:
    """All that is known of a sandbox that is up; `host` is its entry as hosts.yaml would have it."""

    folder: Path
    options: SandboxOptions
    ports: dict[str, int]
    host: dict[str, Any]
    parts: dict[str, Part] = field(default_factory=dict)
    hand: Hand | None = None

    exit_code = 0

    def having(self, part: Part) -> State:
        """Return the state with one part added or replaced."""
        return replace(self, parts={**self.parts, part.name: part})

    def without(self, name: str) -> State:
        """Return the state without one part."""
        return replace(self, parts={n: p for n, p in self.parts.items() if n != name})

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain values."""
        hand = self.hand
        return {
            "version": VERSION,
            "folder": str(self.folder),
            "parts": {name: part.to_json() for name, part in self.parts.items()},
            "ports": self.ports,
            "host": self.host,
            "options": self.options.to_json(),
            "hand": hand and {"pid": hand.process.pid, "started": hand.process.started, "is_ready": hand.is_ready},
        }


def read_state(path: Path) -> State | None:
    """Return the state in the file; None when there is none that this version can read."""
    try:
        data = json.loads(path.read_bytes())
        if data["version"] != VERSION:
            return None
        return _from_json(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_state(state: State, path: Path) -> None:
    """Write the state in one rename, readable by its owner only."""
    write_private(path, json.dumps(state.to_json(), indent=2) + "\n")


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file in one rename, with its mode from the first moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    temporary.chmod(mode)  # the umask may have taken bits away
    temporary.replace(path)


def _from_json(data: dict[str, Any]) -> State:
    hand = data.get("hand")
    return State(
        folder=Path(data["folder"]),
        options=options_from(data["options"]),
        ports=dict(data["ports"]),
        host=dict(data["host"]),
        parts={name: _part(name, part) for name, part in data["parts"].items()},
        hand=Hand(Process(hand["pid"], hand["started"]), hand["is_ready"]) if hand else None,
    )


def _part(name: str, data: dict[str, Any]) -> Part:
    return Part(name, Process(data["pid"], data["started"]), data["port"], tuple(data["argv"]))
