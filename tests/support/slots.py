"""A host of a test whose two ports Traefik switches between, by the file that ccdeploy alone writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccdeploy.sandbox.layout import layout_of
from ccdeploy.traefik.dynamic import Slot, Wiring, text
from tests.support.heartbeat import set_back
from tests.support.proxies import proxies
from tests.support.studio import Studio

RULE = "PathPrefix(`/`)"
HEALTH_INTERVAL_S = 1.0
LAPSED = 1  # the heartbeat of somebody who fell silent long ago


@contextmanager
def switched_by_traefik(studio: Studio) -> Iterator[Path]:
    """Let the neighbourhood's Traefik lead to the studio, by a file that a first `setup --traefik` would have written.

    Yields the file. What stood there before comes back in the end.
    """
    studio.entry["traefik"] = studio.around.traefik | {
        "dynamic_file": str(layout_of(studio.around.state.folder).dynamic_file),
        "rule": RULE,
        "entry_points": ["web"],
        "health_interval": HEALTH_INTERVAL_S,
    }
    studio.entry["strategy"] = "blue-green"
    studio.settle()
    first = studio.entry["listen"]["ports"][0]
    wiring = Wiring("ccproxy", "ccproxy", RULE, ("web",), health_interval_s=HEALTH_INTERVAL_S)
    with studio.around.led_by(text(wiring, Slot(first, f"http://127.0.0.1:{first}")), first) as file:
        yield file


def new_slot(studio: Studio) -> int:
    """Return the pid of the proxy that is to take over, as the host records it until it serves."""
    return int(json.loads((studio.root / "run" / "shadow.json").read_text())["pid"])


def runs(studio: Studio, pid: int) -> bool:
    """Whether that proxy of the host runs yet."""
    return pid in [one.pid for one in proxies(studio.root)]


def edit(file: Path) -> None:
    """Change Traefik's file as a person with an editor would, which renames what it has written onto the file."""
    new = file.with_name(".edited")
    new.write_text(file.read_text() + "# a line of another hand\n")
    new.replace(file)


def lapse_lock(studio: Studio) -> None:
    """Let the lock of a client that is gone be as old as it gets by itself."""
    set_back(studio.root, LAPSED)


def unwatched(studio: Studio, folder: Path) -> Path:
    """Let the settings name a copy of the file, in a folder that Traefik does not watch; return it."""
    watched = Path(studio.entry["traefik"]["dynamic_file"])
    folder.mkdir()
    copy = folder / watched.name
    copy.write_text(watched.read_text())
    studio.entry["traefik"]["dynamic_file"] = str(copy)
    studio.settle()
    return copy
