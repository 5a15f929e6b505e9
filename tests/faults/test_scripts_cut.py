"""A script is cut off on the host, between any two of its lines: by a kernel short of memory, or by a switch of power.

The client sees that the answer did not come, or it is gone too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccdeploy.shell.command import Command
from tests.faults.courses import DEPLOY, ROLLBACK, RUN, Course, Operation
from tests.faults.cutting import Call, Cut, Cutter, How
from tests.faults.places import cut_behind, places, traced
from tests.support.neighbourhood import Neighbourhood
from tests.support.slots import switched_by_traefik
from tests.support.studio import Studio, a_studio

pytestmark = pytest.mark.faults

Record = Callable[[str, object], None]
HOWS: dict[str, How] = {"gone": "gone after", "lost": "lost"}


def reached(course: Course, names: tuple[str, ...], folder: Path) -> dict[Call, tuple[list[int], int]]:
    """Return the places of these scripts that an undisturbed turn comes by, and how many calls it has."""
    cutter = course.calls()
    found = {
        call: places(command) for call, command in cutter.commands.items() if call.name.removeprefix("run ") in names
    }
    traces = {call: folder / f"trace-{number}" for number, call in enumerate(found)}

    def trace(call: Call, command: Command) -> Command:
        return traced(command, found[call], str(traces[call])) if call in found else command

    course.turn += 1
    with Cutter(rewrite=trace):
        course.operation.do(course)
    course.again()
    return {call: (sorted({int(n) for n in traces[call].read_text().split()}), len(cutter.calls)) for call in found}


def cut_everywhere(course: Course, how: How, names: tuple[str, ...], folder: Path) -> tuple[int, list[str]]:
    """Cut each script of these names off at every place that is reached; return how many, and what went wrong."""
    count, faults = 0, []
    for number, (call, (numbers, total)) in enumerate(reached(course, names, folder).items(), 1):
        for line in numbers:
            count += 1

            def rewrite(seen: Call, command: Command, call: Call = call, line: int = line) -> Command:
                return cut_behind(command, line) if seen == call else command

            try:
                course.cut_off(Cut(number, total, call, how), rewrite)
            except AssertionError as exc:
                faults.append(f"behind line {line}: {exc}")
    return count, faults


@dataclass(frozen=True)
class Scripts:
    """Scripts of an operation by name, whose places are tried."""

    operation: Operation
    names: tuple[str, ...]


# Each script once: in the operation where it does most.
SCRIPTS = {
    "restart, before the switch": Scripts(DEPLOY, ("take the lock", "start the shadow")),
    "restart, the switch": Scripts(DEPLOY, ("switch", "record the attempt")),
    "blue-green": Scripts(DEPLOY, ("write Traefik's dynamic file", "record the attempt", "end a proxy")),
    "restart, rollback": Scripts(ROLLBACK, ("record the attempt",)),
    "restart, run": Scripts(RUN, ("release the lock",)),
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("host", SCRIPTS, indirect=True)
def test_a_script_may_end_behind_any_line(
    host: tuple[Studio, Scripts], how: str, tmp_path: Path, record_property: Record
) -> None:
    """What was half done is found by what is on the disk, not by what a script would have done next."""
    studio, scripts = host
    course = Course(studio, scripts.operation)
    count, faults = cut_everywhere(course, HOWS[how], scripts.names, tmp_path)
    record_property("crash_points", f"scripts of {course} {how}: {count}")
    assert count >= len(scripts.names), "hardly a place was found"
    assert not faults, f"{len(faults)} of {count} places:\n" + "\n".join(faults)


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path, around: Neighbourhood) -> Iterator[tuple[Studio, Scripts]]:
    """A host of the strategy that is asked for, and the scripts."""
    with a_studio(tmp_path, around, "asyncssh") as made, ExitStack() as entered:
        if request.param == "blue-green":
            entered.enter_context(switched_by_traefik(made))
        yield made, SCRIPTS[request.param]
