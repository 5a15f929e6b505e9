"""Twenty deploys are started at the same moment: one wins at a time, and nobody is lost."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.neighbourhood import Neighbourhood
from tests.support.slots import switched_by_traefik
from tests.support.studio import Studio, a_studio

pytestmark = pytest.mark.faults

AT_ONCE = 20
CONFIGS = {name: {"coder", name} for name in ("fast", "slow", "large", "small")}
WAITS = "--wait 120"
WITHIN_S = 400.0  # ten deploys after one another, on a machine that has little to spare


@dataclass(frozen=True)
class Ended:
    """How one of them ended: whether it was to wait for the lock, its code, its document and what it told."""

    config: str
    waits: bool
    code: int
    document: dict[str, Any]
    told: str

    @property
    def outcome(self) -> str:
        """What history says of it: of one that was refused that it found the host locked."""
        return "locked" if self.code == 5 else str(self.document["outcome"])


@pytest.fixture(params=["restart", "blue-green"])
def studio(request: pytest.FixtureRequest, tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host that serves, once with each strategy."""
    with ExitStack() as entered:
        made = entered.enter_context(a_studio(tmp_path, around, "asyncssh"))
        if request.param == "blue-green":
            entered.enter_context(switched_by_traefik(made))
        made.entry["ssh"]["connect_timeout"] = "60s"  # twenty handshakes at the same moment
        made.settle()
        for name, aliases in CONFIGS.items():
            made.config(name, *sorted(aliases))
        made.deployed("coder")
        yield made


def together(studio: Studio, folder: Path) -> list[Ended]:
    """Start them all, then wait for each."""
    names = list(CONFIGS)
    lines = [(names[number // 2 % len(names)], number % 2 == 0) for number in range(AT_ONCE)]
    started = []
    for number, (config, waits) in enumerate(lines):
        line = f"ccdeploy deploy {config} --json --allow removal {WAITS if waits else ''}"
        with (folder / f"{number}.out").open("w") as out, (folder / f"{number}.err").open("w") as err:
            started.append(
                subprocess.Popen(
                    studio.command(line), cwd=studio.folder, env=studio.environment(), stdout=out, stderr=err
                )
            )
    return [
        Ended(
            *line,
            process.wait(WITHIN_S),
            json.loads((folder / f"{number}.out").read_text()),
            (folder / f"{number}.err").read_text(),
        )
        for number, (process, line) in enumerate(zip(started, lines, strict=True))
    ]


def test_twenty_deploys_at_once_leave_one_that_was_wanted(
    studio: Studio, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """A merge queue that lets go starts them all: the host must serve one of them whole, and tell of each."""
    with studio.watched() as promises:
        ended = together(studio, tmp_path)
    told = Counter(one.outcome for one in ended)
    for one in ended:
        assert "Traceback" not in one.told, one.told
        assert one.code in (0, 5), one
        assert one.code == 0 or not one.waits or "waiting for the lock" in one.told, one
    assert told["deployed"], told
    recorded = [line["outcome"] for line in studio.history[1:]]
    assert Counter(recorded) == Counter({key: count for key, count in told.items() if key != "nothing-to-do"})
    serves = studio.manifest()["config"]
    is_blue_green = studio.site.front is not None
    promises.kept(
        served=CONFIGS[serves], gap_allowed=not is_blue_green, most_gaps=told["deployed"], release=studio.current
    )
    last = next(line for line in reversed(studio.history) if line["outcome"] == "deployed")
    assert (last["config"], last["release"]) == (serves, studio.current)
    strategy = "blue-green" if is_blue_green else "restart"
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(told.items()))
    record_property(f"{AT_ONCE} at once, {strategy}", summary)
    print(f"{strategy}: {summary}")
