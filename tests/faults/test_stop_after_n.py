"""Whoever deploys is cut off at call n, for every n: no promise is broken, and the next deploy succeeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.courses import DEPLOY, RESTART, ROLLBACK, RUN, Course, Operation
from tests.faults.cutting import How, cuts
from tests.support.neighbourhood import Neighbourhood
from tests.support.slots import switched_by_traefik
from tests.support.studio import Studio, a_studio

pytestmark = pytest.mark.faults

HOWS: dict[str, tuple[How, ...]] = {"gone": ("gone before", "gone after"), "lost": ("lost",)}
Record = Callable[[str, object], None]


@pytest.fixture(params=["restart", "blue-green"])
def host(request: pytest.FixtureRequest, tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host of each strategy."""
    with a_studio(tmp_path, around, "asyncssh") as made:
        if request.param == "restart":
            yield made
            return
        with switched_by_traefik(made):
            yield made


# A restart goes the ways of a rollback, forward and back: what becomes of a client that lives is tried there.
EACH = [(operation, how) for operation in (DEPLOY, ROLLBACK, RUN) for how in HOWS] + [(RESTART, "gone")]


@pytest.mark.parametrize(("operation", "how"), EACH, ids=str)
def test_every_call_may_be_the_last(host: Studio, operation: Operation, how: str, record_property: Record) -> None:
    """A laptop that is shut, a process that is killed, a network that goes: none of them picks its moment."""
    course = Course(host, operation)
    places = cuts(course.calls().calls, *HOWS[how])
    faults = []
    for place in places:
        try:
            course.cut_off(place)
        except AssertionError as exc:
            faults.append(str(exc))
    record_property("crash_points", f"{course} {how}: {len(places)}")
    assert not faults, f"{len(faults)} of {len(places)} places:\n" + "\n".join(faults)
