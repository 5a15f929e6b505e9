"""`sandbox up|down|status`: the embedded host, by hand; and how a verb brings it up by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ccdeploy.cli.options import JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import Refused
from ccdeploy.events import Noted, Observer, Steps
from ccdeploy.report.sheet import Sheet
from ccdeploy.report.text import counted

if TYPE_CHECKING:
    from types import ModuleType

    from ccdeploy.app import Project

FRESH = Option("fresh", "Forget what was deployed there and seed it anew.", Kind.FLAG)


def embedded(folder: Path, observer: Observer) -> Callable[[], Mapping[str, Any]]:
    """Return what brings the sandbox up and gives its host entry, as configs/hosts.yaml would have it."""

    def bring_up() -> Mapping[str, Any]:
        with Steps(observer).step("sandbox", "sandbox") as notes:
            state = _lifecycle().up(folder, say=lambda text: observer(Noted(text)))
            notes.detail = "up"
        return cast("Mapping[str, Any]", _plain(state)["host"])

    return bring_up


def run_up(project: Project, asked: Asked) -> Answer:
    """Start whatever of the sandbox does not run."""
    with Steps(project.observer).step("sandbox", "sandbox up"):
        state = _lifecycle().up(project.folder, say=lambda text: project.observer(Noted(text)), fresh=asked.fresh)
    return Answer(_sheet("the sandbox is up", _plain(state)))


def run_down(project: Project, asked: Asked) -> Answer:
    """End every process of the sandbox."""
    ended = list(_lifecycle().down(project.folder))
    title = f"the sandbox is down; {counted(len(ended), 'process', 'es')} ended"
    return Answer(Sheet(title, tuple(("ended", text) for text in ended), {"ended": ended}))


def run_status(project: Project, asked: Asked) -> Answer:
    """Show the sandbox's ports, folders and processes."""
    return Answer(_sheet("the sandbox", _plain(_lifecycle().status(project.folder))))


def _lifecycle() -> ModuleType:
    try:
        from ccdeploy.sandbox import lifecycle
    except ImportError as exc:
        raise Refused(
            f"the sandbox needs {exc.name or 'packages'}, which is not installed",
            hint="pip install 'ccdeploy[sandbox]'",
        ) from exc
    return lifecycle


def _sheet(title: str, data: Mapping[str, Any]) -> Sheet:
    return Sheet(title, tuple(_flat(data)), data)


def _flat(data: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in data.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{above}{key}.")
        else:
            pairs.append((f"{above}{key}", value if isinstance(value, str) else json.dumps(value, default=str)))
    return pairs


def _plain(state: Any) -> dict[str, Any]:
    if hasattr(state, "to_json"):
        return cast("dict[str, Any]", state.to_json())
    return (
        asdict(state) if is_dataclass(state) and not isinstance(state, type) else dict(cast("Mapping[str, Any]", state))
    )


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
        options=(JSON,),
        writes=True,
    ),
    Verb(
        "sandbox status",
        "Show every port, folder and process of the embedded host.",
        ("ccdeploy sandbox status --json",),
        run_status,
        options=(JSON,),
    ),
)
