"""The proxies of one root, found without asking ccdeploy: by the process table and by who listens."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Running:
    """One process of a proxy: `parent` tells workers from the one that started them."""

    pid: int
    parent: int
    command: str


def proxies(root: Path) -> list[Running]:
    """Return every living proxy whose config is, or that was started, below `root`; workers do not count."""
    return [one for one in _living() if _is_proxy(one.command) and _is_below(root, one.pid, one.command)]


def listeners(port: int) -> list[int]:
    """Return the pids that listen on a port of loopback."""
    return sorted({int(pid) for pid in _output("lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t").split()})


def parent_of(pid: int) -> int | None:
    """Return the parent of a process; None when it is gone."""
    answer = _output("ps", "-o", "ppid=", "-p", str(pid)).strip()
    return int(answer) if answer else None


def _living() -> Iterator[Running]:
    """Yield every process that is no zombie. It is asked again and again: on Linux without a program of its own."""
    if _PROC.joinpath("self", "stat").exists():
        for folder in _PROC.glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                command = folder.joinpath("cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
                state, parent = folder.joinpath("stat").read_text("utf-8", "replace").rpartition(") ")[2].split()[:2]
                if command and state != "Z":
                    yield Running(int(folder.name), int(parent), command.decode("utf-8", "replace"))
        return
    for line in _output("ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,command=").splitlines():
        pid, parent, state, command_line = line.split(None, 3)
        if "Z" not in state:
            yield Running(int(pid), int(parent), command_line)


def _is_proxy(command: str) -> bool:
    # Not a shell or an ssh whose script speaks of a proxy: those do not begin with an interpreter or litellm.
    program = Path(command.split(maxsplit=1)[0]).name.lower()
    is_run_by_python = program.startswith(("python", "litellm"))
    return is_run_by_python and "litellm" in command and "--config" in command and "--port" in command


def _is_below(root: Path, pid: int, command: str) -> bool:
    places = {str(root), str(root.resolve())}
    if any(f"{place}/" in command for place in places):
        return True
    # Started by hand, with relative paths: then the folder that it was started in tells.
    folder = _folder_of(pid)
    return folder in places or folder.startswith(tuple(f"{place}/" for place in places))


def _folder_of(pid: int) -> str:
    link = Path(f"/proc/{pid}/cwd")
    try:
        return str(link.readlink())
    except OSError:  # macOS, or a process that has just ended
        lines = _output("lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn").splitlines()
        return next((line[1:] for line in lines if line.startswith("n")), "")


def _output(*command: str) -> str:
    # A status other than 0 says that nothing was found, which is an answer.
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
