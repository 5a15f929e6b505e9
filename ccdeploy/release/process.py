"""run/*.json: the process that was started, so that it can be told from every other one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ccdeploy.release.bundle import sha256
from ccdeploy.release.jsontext import mapping

LSTART = "%a %b %d %H:%M:%S %Y"  # what `ps -o lstart` prints with LC_ALL=C, on Linux and macOS
TOLERANCE_S = 2  # Linux derives a start time from the boot time, which moves by a second


@dataclass(frozen=True)
class Digests:
    """What a proxy was started with: the four that must be equal for "nothing to do"."""

    bundle: str
    env_file: str
    litellm: str
    command: str


@dataclass(frozen=True)
class Process:
    """One line of `ps`: who it is, since when (UTC), and its command line."""

    pid: int
    parent: int
    started: datetime
    command: str


@dataclass(frozen=True)
class RunState:
    """What run/serving.json or run/shadow.json says of a started proxy. `digests` is None for an adopted one."""

    pid: int
    started: datetime
    port: int
    release: str
    digests: Digests | None
    command: str | None = None

    def to_json(self) -> str:
        """Return the record as the text of its file."""
        fields = run_state_fields(self.port, self.release, self.digests, self.command)
        return run_state_text(Process(self.pid, 0, self.started, self.command or ""), fields)

    def is_same(self, process: Process) -> bool:
        """Whether `process` is the recorded one: pid, start time within 2 s, and the command line if known."""
        return (
            process.pid == self.pid
            and abs(process.started - self.started) <= timedelta(seconds=TOLERANCE_S)
            and (self.command is None or self.command == process.command)
        )


def command_digest(argv: Sequence[str], release_path: str) -> str:
    """Return the digest of a command line with the release's own path left out: it differs with every release."""
    return sha256("\0".join(word.replace(release_path, "RELEASE") for word in argv).encode())


def run_state_fields(port: int, release: str, digests: Digests | None, command: str | None = None) -> dict[str, Any]:
    """Return what the client knows of a run state beforehand; the host adds pid and start time."""
    fields: dict[str, Any] = {"port": port, "release": release, "digests": digests.__dict__ if digests else None}
    return fields | ({"command": command} if command is not None else {})


def run_state_text(process: Process, fields: Mapping[str, Any]) -> str:
    """Return run/NAME.json of a process that is known already, in the form in which the host writes it."""
    return json.dumps({"pid": process.pid, "started": lstart(process.started), **fields}) + "\n"


def lstart(moment: datetime) -> str:
    """Return the moment as `ps -o lstart` prints it with TZ=UTC0, words apart by one space."""
    return f"{moment:%a %b} {moment.day} {moment:%H:%M:%S %Y}"


def parse_run_state(text: str) -> RunState | None:
    """Return the run state that `text` holds; None when there is none or it is broken."""
    raw = mapping(text)
    try:
        digests = Digests(**raw["digests"]) if raw["digests"] else None
        started = parse_lstart(str(raw["started"]))
        state = RunState(int(raw["pid"]), started, int(raw["port"]), str(raw["release"]), digests, raw.get("command"))
    except (ValueError, TypeError, KeyError, OverflowError):  # 1e999 is a number of JSON, and infinite
        return None
    # Signals go to this pid: -1 is everybody, 0 the group of the script itself.
    return state if state.pid > 1 and 0 < state.port < 65536 else None


def parse_lstart(text: str) -> datetime:
    """Return the moment that `ps -o lstart` prints (TZ=UTC0). Raises ValueError."""
    return datetime.strptime(" ".join(text.split()), LSTART).replace(tzinfo=UTC)


def parse_ps(text: str) -> list[Process]:
    """Return the processes of `ps -o pid= -o ppid= -o lstart= -o command=`; lines of another shape are passed over."""
    return [process for line in text.splitlines() if (process := _parse_ps_line(line))]


def _parse_ps_line(line: str) -> Process | None:
    words = line.split(None, 7)
    try:
        started = parse_lstart(" ".join(words[2:7]))
        return Process(int(words[0]), int(words[1]), started, words[7].strip() if len(words) > 7 else "")
    except (ValueError, IndexError):
        return None
