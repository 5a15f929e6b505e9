"""Who may answer a request, by the moment at which it was sent, and what counts as under way at a switch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks.runs import TURN, asked, stream
from under_load.turns import Turn, may_answer, switch_of, wrong

BACK = Turn("rollback", "two", "one", began_s=60.0, returned_s=80.0, pointed_s=70.0)


@pytest.mark.parametrize(
    ("sent_s", "allowed"),
    [
        (9.9, {"one"}),
        (10.0, {"one", "two"}),
        (40.0, {"one", "two"}),
        (40.1, {"two"}),
        (59.9, {"two"}),
        (70.0, {"one", "two"}),
        (80.1, {"one"}),
    ],
)
def test_only_between_the_two_ends_of_a_command_may_either_release_answer(sent_s: float, allowed: set[str]) -> None:
    """Before it began the old one serves, and once it has returned the new one alone."""
    assert may_answer((TURN, BACK), sent_s) == allowed


def test_an_answer_of_the_release_that_was_replaced_is_wrong() -> None:
    """A deploy that returned while users still get the old release has not been done."""
    late, early, right = asked(41.0, "one"), asked(9.0, "two"), asked(41.0, "two")
    assert wrong([late, early, right], (TURN,)) == [late, early]


def test_what_failed_is_counted_as_that_alone() -> None:
    """One lost request is not two."""
    assert wrong([asked(41.0, None, fault="503")], (TURN,)) == []


def test_a_stream_spans_a_switch_that_it_began_before_and_outlasts() -> None:
    """One that ended before the new release answered anybody would prove nothing."""
    spanning, over, later = stream(15.0, 30.0, "one"), stream(15.0, 20.5, "one"), stream(20.1, 30.0, "one")
    cut = replace(spanning, fault="it does not end with [DONE]")
    found = switch_of(TURN, [spanning, over, later, cut, asked(20.0, "two"), asked(19.5, "one")])
    assert (found.in_flight, found.spanning, found.first_answer_s) == (5, 1, 1.0)
    assert found.last_of_old_s is not None
    assert round(found.last_of_old_s, 3) == 0.1


def test_a_switch_that_nobody_answered_after_spans_nothing() -> None:
    """None is unknown, and never a pass."""
    found = switch_of(TURN, [stream(15.0, 30.0, "one")])
    assert (found.spanning, found.first_answer_s) == (0, None)
