"""`sandbox up|down|status`: the embedded host, by hand; and how a verb brings it up by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccdeploy.cli.options import JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.events import Noted, Observer, Steps
from ccdeploy.report.sheet import Sheet
from ccdeploy.units import counted

if TYPE_CHECKING:
    from ccdeploy.app import Project
    from ccdeploy.sandbox.lifecycle import Status

FRESH = Option("fresh", "Forget what was deployed there and seed it anew.", Kind.FLAG)


def embedded(folder: Path, observer: Observer) -> Callable[[], Mapping[str, Any]]:
    """Return what brings the sandbox up and gives its host entry, as configs/hosts.yaml would have it."""

    def bring_up() -> Mapping[str, Any]:
        from ccdeploy.sandbox import lifecycle

        with ExitStack() as stack:
            return lifecycle.up(folder, say=_telling(stack, observer)).host

    return bring_up


def embedded_memory(folder: Path) -> Callable[[], str | None]:
    """Return what says how much memory the sandbox's Ollama has, or will have; nothing is started for it."""

    def memory() -> str | None:
        from ccdeploy.sandbox.lifecycle import chosen

        return chosen(folder).memory

    return memory


def run_up(project: Project, asked: Asked) -> Answer:
    """Start whatever of the sandbox does not run."""
    from ccdeploy.sandbox import lifecycle

    with ExitStack() as stack:
        lifecycle.up(project.folder, say=_telling(stack, project.observer), fresh=asked.fresh)
    return Answer(_sheet(lifecycle.status(project.folder)))


def run_down(project: Project, asked: Asked) -> Answer:
    """End every process of the sandbox."""
    from ccdeploy.sandbox import lifecycle

    ended = lifecycle.down(project.folder)
    title = f"the sandbox is down; {counted(len(ended), 'process', 'es')} ended" if ended else "no sandbox was up"
    return Answer(Sheet(title, tuple(("ended", text) for text in ended), {"is_up": False, "ended": ended}))


def run_status(project: Project, asked: Asked) -> Answer:
    """Show the sandbox's ports, folders and processes."""
    from ccdeploy.sandbox import lifecycle

    return Answer(_sheet(lifecycle.status(project.folder)))


def _telling(stack: ExitStack, observer: Observer) -> Callable[[str], None]:
    """Return a `say` that opens a step with the first word: a sandbox that is up already says nothing."""
    said: list[str] = []

    def say(text: str) -> None:
        if not said:
            stack.enter_context(Steps(observer).step("sandbox", "bring the sandbox up"))
        said.append(text)
        observer(Noted(text))

    return say


def _sheet(status: Status) -> Sheet:
    """Return a status as a sheet; a sandbox that is down is well, one with a dead part is not."""
    dead = [part.name for part in status.parts if not part.is_alive]
    title = "the sandbox is up" if status.is_up else "the sandbox is down; `ccdeploy sandbox up` starts it"
    if dead:
        title = f"the sandbox is not whole: {' and '.join(dead)} died; `ccdeploy sandbox up` starts what lacks"
    parts = {
        part.name: f"port {part.port}, {f'pid {part.pid}' if part.is_alive else 'dead'}, output in {part.output}"
        for part in status.parts
    }
    ports = {name: f"port {port}" for name, port in status.ports.items() if name not in parts}
    others = ", ".join(map(str, status.others))
    facts = [("folder", status.folder), ("root", status.root or ""), *parts.items(), *ports.items(), ("others", others)]
    return Sheet(title, tuple(facts), asdict(status), is_well=not dead)


VERBS = (
    Verb(
        "sandbox up",
        "Start the embedded host, or whatever of it does not run.",
        ("ccdeploy sandbox up", "ccdeploy deploy --host sandbox"),
        run_up,
        details="Real parts on ports that the system chooses; their state is in .ccdeploy/sandbox/. "
        "Every verb that is given this host brings it up by itself.",
        options=(FRESH, JSON),
        has_steps=True,
        writes=True,
    ),
    Verb(
        "sandbox down",
        "End every process of the embedded host.",
        ("ccdeploy sandbox down",),
        run_down,
        details="The files stay: the next `up` finds the host as after a reboot.",
        options=(JSON,),
        writes=True,
    ),
    Verb(
        "sandbox status",
        "Show every port, folder and process of the embedded host.",
        ("ccdeploy sandbox status", "ccdeploy sandbox status --json"),
        run_status,
        options=(JSON,),
    ),
)
