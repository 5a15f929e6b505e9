"""release.json: written, read back, and read where another hand wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.release.manifest import Executable, Manifest, Performer, created, new_id, parse

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MADE = created("20260131-120000-abcd", "tdd", {"config.yaml": "0" * 64}, Performer("ada", "laptop", "1a2b"), NOON)


def test_what_is_written_is_read_back() -> None:
    """In every state, with every reason."""
    for manifest in (MADE, MADE.marked("bad", NOON, "it's \u2028 \ud800 \n odd"), MADE.marked("verified", NOON)):
        assert parse(manifest.to_json()) == manifest
        assert manifest.to_json().isascii()


@pytest.mark.parametrize(
    ("state", "is_good"),
    [("staged", False), ("verified", True), ("adopted", True), ("drifted", False), ("bad", False), ("new", False)],
)
def test_only_what_served_well_is_good(state: str, is_good: bool) -> None:
    """A rollback returns to nothing else, and to no state that it does not know."""
    text = json.dumps(json.loads(MADE.to_json()) | {"state": state})
    manifest = parse(text)
    assert manifest is not None
    assert manifest.is_good == is_good


def test_the_litellm_of_an_upgrade_is_read_back() -> None:
    """Every start of the release depends on it."""
    own = Executable("venvs/1.108.0/bin/litellm", "1.108.0", "venv/bin/litellm")
    upgraded = replace(MADE, litellm=own)
    assert parse(upgraded.to_json()) == upgraded
    assert MADE.litellm is None


@pytest.mark.parametrize("litellm", ["venv/bin/litellm", 5, [], {}, {"path": "a", "version": "1", "setting": None}])
def test_a_litellm_of_another_shape_is_as_good_as_none(litellm: object) -> None:
    """The release is run with that of the settings then; a later ccdeploy may write more."""
    manifest = parse(_with(litellm=litellm))
    assert manifest is not None
    assert manifest.litellm is None


def test_a_phase_is_read_back_and_is_not_written_where_there_is_none() -> None:
    """A release.json of a whole config is what it always was."""
    narrowed = replace(MADE, phase=2)
    assert parse(narrowed.to_json()) == narrowed
    assert "phase" not in json.loads(MADE.to_json())


@pytest.mark.parametrize("phase", ["2", True, [], 1.5])
def test_a_phase_of_another_shape_is_as_good_as_none(phase: object) -> None:
    """What it says of the names is of no use then, and the release serves all the same."""
    manifest = parse(_with(phase=phase))
    assert manifest is not None
    assert manifest.phase is None


def _without(key: str) -> str:
    return json.dumps({k: v for k, v in json.loads(MADE.to_json()).items() if k != key})


def _with(**changes: object) -> str:
    return json.dumps(json.loads(MADE.to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "5",
        '"release"',
        "[]",
        '["release", "config"]',
        "{}",
        MADE.to_json()[:-5],
        "[" * 100_000,
        _without("release"),
        _without("files"),
        _with(release=5),
        _with(files=["config.yaml"]),
        _with(files={"config.yaml": 5}),
        _with(files={"config.yaml": "$(touch owned)"}),
        _with(files={"config.yaml": "0" * 63}),
        _with(files={"../outside": "0" * 64}),
        _with(files={"a/../../outside": "0" * 64}),
        _with(files={"/etc/passwd": "0" * 64}),
        _with(files={"": "0" * 64}),
        _with(files={"a\0b": "0" * 64}),
        _with(reason={"why": 1}),
        _with(commit=5),
        _with(state=None),
        _with(config=None),
        _with(who={}),
        _with(reason=["x"]),
        _with(files={"../../.env": "0" * 64}),
        _with(files={"parts/../../x": "0" * 64}),
    ],
)
def test_garbage_is_no_manifest(text: str) -> None:
    """Half written, or of another hand: it must not crash the verb that would put it right, nor lead it elsewhere."""
    assert parse(text) is None


def test_unknown_fields_are_passed_over() -> None:
    """A later version of ccdeploy may have written it."""
    assert parse(_with(colour="blue")) == MADE


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_text_makes_parse_raise(text: str) -> None:
    """Whatever stands there."""
    assert parse(text) is None


def test_ids_sort_by_time_and_are_told_apart_by_content() -> None:
    """People read them, and a rollback goes by their order."""
    first, later = new_id(NOON, "abcdef"), new_id(NOON + timedelta(seconds=1), "0123")
    assert first == "20260131-120000-abcd"
    assert first < later


def test_an_id_is_never_given_twice() -> None:
    """Two deploys of the same bytes within one second, or after a clock that was set back."""
    taken: list[str] = []
    for _ in range(3):
        taken.append(new_id(NOON, "abcd", taken))
    assert len(set(taken)) == 3
    assert taken == sorted(taken)
    assert new_id(NOON - timedelta(days=1), "abcd", taken) > taken[-1]
    assert new_id(NOON, "abcd", ["by-hand", "20269999-999999-zzzz", "99991231-235959-far"]) == "20260131-120000-abcd"


def test_a_manifest_is_immutable() -> None:
    """A new state is a new value."""
    assert MADE.marked("bad", NOON).state == "bad"
    assert MADE.state == "staged"
    assert isinstance(MADE, Manifest)
