"""Which releases stay, and to which one a rollback returns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.release.manifest import Manifest, State
from ccdeploy.release.retention import KEEP_GOOD, KEEP_OTHERS, last_good, to_prune

STATES: dict[str, State] = {"v": "verified", "a": "adopted", "s": "staged", "d": "drifted", "b": "bad"}


def releases(letters: str) -> list[Manifest]:
    """Return releases r00, r01 …, oldest first, a letter for the state of each."""
    return [Manifest(f"r{i:02}", "tdd", {}, "", "", "", state=STATES[s]) for i, s in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "current", "expected"),
    [
        ("", None, None),
        ("v", "r00", None),
        ("vv", "r01", "r00"),
        ("vbv", "r02", "r00"),
        ("vbbbbb", "r00", None),
        ("vvb", "r01", "r00"),
        ("avv", "r01", "r00"),
        ("vvv", None, "r02"),
        ("sdb", "r02", None),
        ("vvv", "gone", "r02"),
    ],
)
def test_the_way_back_is_the_newest_good_one_before_the_current(
    letters: str, current: str | None, expected: str | None
) -> None:
    """A release that came after the current one was left on purpose."""
    found = last_good(releases(letters), current)
    if current == "gone":  # sorts before every release: nothing is older
        assert found is None
    else:
        assert (found.release if found else None) == expected


def test_failed_deploys_do_not_push_out_the_way_back() -> None:
    """Only good ones count: five bad evenings must leave the good morning."""
    pruned = to_prune(releases("vv" + "b" * 5), "r01")
    assert pruned == ["r03", "r02"]


def test_the_oldest_good_ones_go() -> None:
    """A host is no archive."""
    assert to_prune(releases("v" * 7), "r06") == ["r01", "r00"]


def test_the_current_one_and_the_way_back_stay_however_old() -> None:
    """After a rollback far back, newer good ones abound."""
    assert to_prune(releases("vv" + "v" * 8), "r01") == ["r04", "r03", "r02"]


@given(st.text("vasdb", max_size=30), st.integers(0, 29))
def test_what_must_stay_always_stays(letters: str, place: int) -> None:
    """Whatever the history of a host."""
    every = releases(letters)
    current = f"r{place:02}"
    pruned = to_prune(every, current)
    kept = [r for r in every if r.release not in pruned]
    back = last_good(every, current)
    assert current not in pruned
    assert back is None or back.release not in pruned
    good = [r for r in every if r.is_good]
    assert len([r for r in kept if r.is_good]) >= min(KEEP_GOOD, len(good))
    assert len(kept) <= KEEP_GOOD + KEEP_OTHERS + 2
    assert len(set(pruned)) == len(pruned)
