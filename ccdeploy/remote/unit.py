"""A unit of systemd or launchd that has to do with a proxy: its file, and what its manager says of it."""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.parsers.expat import ExpatError

Kind = Literal["systemd-user", "systemd", "agent", "daemon"]
_IS_ON = frozenset({"enabled", "enabled-runtime", "linked", "linked-runtime", "alias", "static", "generated"})
_RUNS = frozenset({"active", "activating", "reloading", "running"})


@dataclass(frozen=True)
class Unit:
    """A unit: the file, the command lines that it starts, and whether it runs now and will run after a boot.

    `is_on` and `runs` are None where the manager could not be asked. `pid` is what it started.
    """

    kind: Kind
    name: str
    path: str
    commands: tuple[str, ...]
    folder: str | None
    is_on: bool | None
    runs: bool | None
    pid: int | None = None

    @property
    def switch_off(self) -> str:
        """The command that stops it now and keeps it from starting again; `UID` of a user's own stands in it."""
        name = shlex.quote(self.name)  # a label is whatever its file says
        return {
            "systemd-user": f"systemctl --user disable --now {name}",
            "systemd": f"sudo systemctl disable --now {name}",
            "agent": f"launchctl bootout gui/$(id -u)/{name}; launchctl disable gui/$(id -u)/{name}",
            "daemon": f"sudo launchctl bootout system/{name}; sudo launchctl disable system/{name}",
        }[self.kind]


def units(parts: Mapping[str, bytes], home: str) -> tuple[Unit, ...]:
    """Return the units of an answer: `unit:KIND:NAME:PATH` is a file, `state:KIND:NAME` what its manager says.

    The files come in systemd's order: the first of several units counts, with all additions (`NAME.d/*.conf`).
    """
    files: dict[tuple[str, str], dict[str, bytes]] = {}
    for part, data in parts.items():
        if part.startswith("unit:"):
            _, kind, name, path = part.split(":", 3)
            files.setdefault((kind, name), {})[path] = data
    made = [
        _made(kind, name, paths, parts.get(f"state:{kind}:{name}", b""), home) for (kind, name), paths in files.items()
    ]
    return tuple(unit for unit in made if unit is not None)


def _made(kind: str, name: str, paths: Mapping[str, bytes], state: bytes, home: str) -> Unit | None:
    said = _pairs(state.decode("utf-8", "replace").splitlines())
    pid = said.get("MainPID") or said.get("pid") or ""
    number = int(pid) if pid.isdigit() and int(pid) else None
    match kind:
        case "systemd" | "systemd-user":
            counting = _counting(list(paths))
            text = "\n".join(paths[path].decode("utf-8", "replace") for path in counting)
            commands, folder = _service(text, home)
            runs = said["ActiveState"] in _RUNS if "ActiveState" in said else None
            is_on = said["UnitFileState"] in _IS_ON if said.get("UnitFileState") else None
            return Unit(kind, name, counting[0], commands, folder, is_on, runs, number)
        case "agent" | "daemon":
            path, data = next(iter(paths.items()))
            return _job(kind, path, data, said, number)
    return None


def _counting(paths: list[str]) -> list[str]:
    """Return the file of a unit, then its additions; one of an administrator stands in for that of a package."""
    additions = [path for path in paths if path.endswith(".conf")]
    return [*[path for path in paths if path not in additions][:1], *additions]


def _service(text: str, home: str) -> tuple[tuple[str, ...], str | None]:
    """Return the command lines of a service, and its folder. An empty `ExecStart=` takes back what stood before it."""
    commands: list[str] = []
    folder = None
    for line in text.replace("\\\n", " ").splitlines():
        key, _, value = line.strip().partition("=")
        value = value.strip().replace("%h", home)
        if key.strip() == "WorkingDirectory":
            folder = value.lstrip("-").replace("~", home, 1) or None
        elif key.strip() == "ExecStart":
            commands = [*commands, value.lstrip("-@:+!|")] if value else []
    return tuple(commands), folder


def _job(
    kind: Literal["agent", "daemon"], path: str, data: bytes, said: Mapping[str, str], pid: int | None
) -> Unit | None:
    try:
        job = plistlib.loads(data)
    except (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, IndexError, OverflowError):
        return None
    if not isinstance(job, dict):
        return None
    words = job.get("ProgramArguments") or [job.get("Program", "")]
    command = " ".join(str(word) for word in words) if isinstance(words, list) else str(words)
    runs = said["state"] in _RUNS if "state" in said else None
    is_off = said.get("switch") in ("disabled", "true") or ("switch" not in said and bool(job.get("Disabled")))
    is_on = not is_off and bool(job.get("RunAtLoad") or job.get("KeepAlive"))
    folder = str(job["WorkingDirectory"]) if job.get("WorkingDirectory") else None
    return Unit(kind, str(job.get("Label", path)), path, (command,), folder, is_on, runs, pid)


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    found = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, _, value in found}
