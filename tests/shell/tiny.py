"""Tiny proxies for tests of processes: how one is started, asked about and held to its stream."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccdeploy.shell import process
from ccdeploy.shell.launch import Start
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.process import Question, Stop
from ccdeploy.transport.local import LocalTransport
from tests.support.processes import is_alive
from tests.support.reserved_ports import reserved_ports

TINY = Path(__file__).with_name("tiny_proxy.py")
EVERY_STATUS = frozenset(range(256))
READY_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What a script told: its status, and the parts of its answer if it came to them."""

    status: int
    parts: Mapping[str, str]

    @property
    def pid(self) -> int:
        """The process that was started."""
        return int(self.parts["pid"])


def tiny(root: Path, port: int, *words: str, name: str = "serving", **more: Any) -> Start:
    """Return how a tiny proxy is started; its command line names root, so that no test leaves one behind."""
    argv = (sys.executable, "-I", "-S", str(TINY), "--port", str(port), *words, "--root", str(root))
    state = {"port": port, "release": "r1", "digests": None}
    start = Start(name, argv, {}, port, f"logs/{name}.log", state, READY_S)
    return replace(start, **more)


def ask(way: LocalTransport, question: Question) -> Answer:
    """Run a question, whatever it ends with."""
    result = way.run(replace(question.command, ok=EVERY_STATUS))
    return Answer(result.status, question.parts(result.stdout) if result.status == 0 else {})


def start_shadow(way: LocalTransport, hold: Hold, start: Start) -> Answer:
    """Start a shadow that is a tiny proxy."""
    return ask(way, process.start_shadow(hold, "", start))


def serve(way: LocalTransport, hold: Hold, start: Start) -> Stop:
    """Bring a tiny proxy into service, and return how it is stopped."""
    answer = ask(way, process.switch(hold, "", None, None, start))
    assert answer.parts["state"] == "bound"
    return recorded(Path(hold.root), start.name, patience_s=READY_S)


def recorded(root: Path, name: str, patience_s: float) -> Stop:
    """Return the process that run/NAME.json records."""
    run = json.loads((root / "run" / f"{name}.json").read_text())
    started = datetime.strptime(run["started"], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return Stop(run["pid"], started, run["port"], patience_s)


@contextmanager
def stream(port: int) -> Iterator[socket.socket]:
    """Hold a request in flight."""
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        yield connection


@contextmanager
def stranger() -> Iterator[tuple[int, int]]:
    """Let a process that is none of ours listen; yields its port and pid: this process."""
    with socket.socket() as listener, reserved_ports(1) as (port,):
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield port, os.getpid()


def gone(pid: int) -> Callable[[], bool]:
    """Return whether a process is gone, to wait for."""
    return lambda: not is_alive(pid)


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
