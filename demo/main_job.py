"""The main job on the embedded host, from a hand-made proxy to a rollback, each step shown as it happens.

Run it with `make demo`. It works in .ccdeploy/demo, or in the folder that is its argument, and leaves
nothing running. It ends with a table,
and with status 1 if any step ended otherwise than it should.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ccdeploy.sandbox import lifecycle
from ccdeploy.sandbox.state import State

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / ".ccdeploy" / "demo"
BIN = Path(sys.executable).parent
HOST = ("--host", "sandbox")


@dataclass(frozen=True)
class Step:
    """One command of the demo: what it shows, how it must end, and what is arranged beforehand."""

    title: str
    command: tuple[str, ...]
    exit_code: int = 0
    is_attempt: bool = True
    arrange: Callable[[Demo], None] | None = None
    beside: Callable[[Demo, threading.Event], None] | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table at the end."""

    title: str
    outcome: str
    exit_code: int
    expected: int
    downtime_ms: int | None
    loads: int


class Demo:
    """The project folder of the demo, and the embedded host in it."""

    def __init__(self, console: Console, state: State) -> None:
        self.console = console
        self.state = state
        self.rows: list[Row] = []

    @property
    def root(self) -> Path:
        """The folder of the proxy on the host."""
        return Path(self.state.host["root"])

    @property
    def port(self) -> int:
        """The port that serves."""
        return int(self.state.host["listen"]["ports"][0])

    def write(self, name: str, text: str) -> None:
        """Put a config into the project."""
        (FOLDER / "configs" / "litellm" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def loads(self) -> int:
        """How many models the Ollama of the host has loaded so far."""
        url = f"{self.state.host['ollama']['url']}/sandbox/log"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # the sandbox's own loopback port
            return int(json.load(answer)["loads"])

    def history(self) -> list[dict[str, Any]]:
        """The attempts that the host has written down."""
        path = self.root / "history.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main() -> int:
    """Do the main job and return the exit status."""
    console = Console(highlight=False)
    began = time.monotonic()
    _make_project()
    try:
        _title(console, "an embedded host comes up: SSH, LiteLLM, Traefik, a stand-in for Ollama")
        demo = Demo(console, lifecycle.up(FOLDER, say=lambda text: console.print(f"  {text}"), fresh=True))
        for step in STEPS:
            _perform(demo, step)
    finally:
        _title(console, "everything down again")
        for line in lifecycle.down(FOLDER):
            console.print(f"  ended {line}")
    _print_table(demo, time.monotonic() - began)
    return 0 if all(row.exit_code == row.expected for row in demo.rows) else 1


def _make_project() -> None:
    """Make the project folder of the demo: the configs that ship, and the Fabric tasks."""
    if FOLDER.exists():
        lifecycle.down(FOLDER)
        shutil.rmtree(FOLDER)
    shutil.copytree(PROJECT / "configs", FOLDER / "configs")
    for name in ("fabfile.py", "tasks.py"):
        shutil.copy(PROJECT / name, FOLDER / name)


def _perform(demo: Demo, step: Step) -> None:
    _title(demo.console, step.title)
    demo.console.print(f"[bold]$ {' '.join(step.command)}[/bold]")
    if step.arrange:
        step.arrange(demo)
    attempts, loads = len(demo.history()), demo.loads()
    with _beside(demo, step):
        code = subprocess.run((str(BIN / step.command[0]), *step.command[1:]), cwd=FOLDER, check=False).returncode
    told = demo.history()[attempts:]
    outcome = str(told[-1]["outcome"]) if told else "nothing to do" if code == 0 and step.is_attempt else "done"
    downtime = told[-1]["downtime_ms"] if told else 0 if step.is_attempt else None
    demo.rows.append(Row(step.title, outcome, code, step.exit_code, downtime, demo.loads() - loads))
    right = "as it should" if code == step.exit_code else f"and should have ended with {step.exit_code}"
    demo.console.print(f"[dim]ended with {code}, {right}[/dim]")


@contextmanager
def _beside(demo: Demo, step: Step) -> Iterator[None]:
    """Run what happens beside a command: the accident of a step that shows one."""
    if step.beside is None:
        yield
        return
    over = threading.Event()
    accident = threading.Thread(target=step.beside, args=(demo, over), daemon=True)
    accident.start()
    try:
        yield
    finally:
        over.set()
        accident.join(timeout=10)


def _kill_after_the_switch(demo: Demo, over: threading.Event) -> None:
    """End the new proxy the moment that it listens on the port that serves."""
    before = _recorded_pid(demo)
    while not over.wait(0.005):
        pid = _recorded_pid(demo)
        if pid not in (None, before) and _listens(demo.port):
            os.kill(int(pid or 0), signal.SIGKILL)
            return


def _recorded_pid(demo: Demo) -> int | None:
    try:
        return int(json.loads((demo.root / "run" / "serving.json").read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return None


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _change(demo: Demo) -> None:
    text = (FOLDER / "configs" / "litellm" / "two-model.yaml").read_text(encoding="utf-8")
    demo.write("two-model", text.replace("num_ctx: 8192", "num_ctx: 4096"))


def _write_dying(demo: Demo) -> None:
    text = (FOLDER / "configs" / "litellm" / "two-model.yaml").read_text(encoding="utf-8")
    demo.write("dies", text.replace("litellm_settings:", "litellm_settings:\n  callbacks: no_such_module.handler"))


def _write_missing(demo: Demo) -> None:
    text = (FOLDER / "configs" / "litellm" / "two-model.yaml").read_text(encoding="utf-8")
    demo.write("not-pulled", text.replace("qwen-fast:latest", "never-pulled:latest"))


def _write_crashing(demo: Demo) -> None:
    text = (FOLDER / "configs" / "litellm" / "two-model.yaml").read_text(encoding="utf-8")
    demo.write("crashes", text.replace("num_ctx: 4096", "num_ctx: 2048"))


def _title(console: Console, text: str) -> None:
    console.print()
    console.rule(f"[bold cyan]{text}", align="left")


def _print_table(demo: Demo, seconds: float) -> None:
    table = Table(title=f"the main job, in {seconds:.0f} s", title_justify="left")
    for name in ("attempt", "outcome"):
        table.add_column(name)
    for name in ("exit", "downtime ms", "model loads"):
        table.add_column(name, justify="right")
    for row in demo.rows:
        code = str(row.exit_code) if row.exit_code == row.expected else f"[red]{row.exit_code}, not {row.expected}"
        downtime = "" if row.downtime_ms is None else str(row.downtime_ms)
        table.add_row(row.title, row.outcome, code, downtime, str(row.loads))
    demo.console.print()
    demo.console.print(table)


STEPS = (
    Step("make what a first deploy needs", ("fab", "setup", *HOST), is_attempt=False),
    Step("first deploy: adopts what was made by hand", ("fab", "deploy", *HOST)),
    Step("verify", ("fab", "verify", *HOST), is_attempt=False),
    Step(  # two-model has no gpt-4, which tdd-pipeline serves
        "a changed config", ("fab", "deploy", *HOST, "--config", "two-model", "--allow", "removal"), arrange=_change
    ),
    Step("the same again", ("fab", "deploy", *HOST, "--config", "two-model")),
    Step("dies while booting", ("fab", "deploy", *HOST, "--config", "dies"), 6, arrange=_write_dying),
    Step("boots, a model is missing", ("fab", "deploy", *HOST, "--config", "not-pulled"), 6, arrange=_write_missing),
    Step(
        "dies right after the switch",
        ("fab", "deploy", *HOST, "--config", "crashes"),
        6,
        arrange=_write_crashing,
        beside=_kill_after_the_switch,
    ),
    Step("rollback by hand", ("fab", "rollback", *HOST)),
    Step("history", ("fab", "history", *HOST), is_attempt=False),
)

if __name__ == "__main__":
    sys.exit(main())
