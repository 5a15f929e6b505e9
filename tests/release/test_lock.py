"""lock/owner.json as text."""

from __future__ import annotations

import json

import pytest

from ccdeploy.release.lock import Owner, heartbeat, parse

OWNER = Owner("1a", "ada", "laptop", "2026-01-31T12:00:00Z", 'deploy "tdd"', manual=False)


def test_an_owner_is_read_back_with_the_heartbeat_that_the_host_added() -> None:
    """The host writes the last field."""
    text = OWNER.to_json().removesuffix("}") + ', "heartbeat": 1769860800}\n'
    assert (parse(text), heartbeat(text)) == (OWNER, 1769860800)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '{"id": "x"}', "[" * 100_000])
def test_garbage_is_nobody(text: str) -> None:
    """A lock without a name is told by its age."""
    assert (parse(text), heartbeat(text)) == (None, None)


@pytest.mark.parametrize("value", [None, "soon", [], {}])
def test_a_heartbeat_that_is_no_number_is_unknown(value: object) -> None:
    """Unknown stays unknown."""
    assert heartbeat(json.dumps({"heartbeat": value})) is None


def test_an_owner_of_an_older_version_is_read() -> None:
    """Two people upgrade at two times; a lock that cannot be read would be told by its age alone."""
    text = '{"id": "1a", "who": "ada", "from_where": "laptop", "since": "x", "doing": "deploy", "manual": true}'
    assert parse(text) == Owner("1a", "ada", "laptop", "x", "deploy", manual=True)


def test_an_owner_reads_as_part_of_a_sentence() -> None:
    """`studio is locked …`."""
    assert str(OWNER) == 'by ada from laptop since 2026-01-31T12:00:00Z (deploy "tdd")'
    by_hand = Owner("1a", "ada", "laptop", "2026-01-31T12:00:00Z", "", manual=True)
    assert str(by_hand) == "by hand by ada from laptop since 2026-01-31T12:00:00Z"
    in_ci = Owner("1a", "ada", "GitHub Actions", "2026-01-31T12:00:00Z", "deploy", False, "https://example.com/runs/1")
    assert str(in_ci).endswith("(deploy), https://example.com/runs/1")


@pytest.mark.parametrize("text", ['{"heartbeat": 1e999}', '{"heartbeat": NaN}', '{"heartbeat": ' + "9" * 400 + "}"])
def test_a_heartbeat_that_no_clock_shows_is_unknown(text: str) -> None:
    """An age is reckoned from it."""
    assert heartbeat(text) is None


def test_an_owner_of_another_hand_is_texts_all_the_same() -> None:
    """It is shown, compared and put into a sentence."""
    raw = {"id": "1a", "who": 5, "from_where": None, "since": ["x"], "doing": {}, "manual": "yes", "run_url": 1}
    owner = parse(json.dumps(raw))
    assert owner is not None
    assert (owner.who, owner.since, owner.manual, owner.run_url) == ("5", "['x']", False, "1")
    assert parse(json.dumps(raw | {"id": 5})) is None
