"""Whose word counts for the requests in flight at a proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ccdeploy import app
from ccdeploy.app.way import work_on
from ccdeploy.operations.in_flight import Source, has_workers, in_flight
from ccdeploy.operations.work import Work
from ccdeploy.project import host
from ccdeploy.remote.facts import gather
from ccdeploy.secret import Secret
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio
from tests.support.waiting import until

COUNTER: Source = "its own counter"
CONNECTIONS: Source = "its open connections"


@pytest.fixture
def work(studio: Studio) -> Iterator[Work]:
    """A verb at the host, whose proxy streams for a minute."""
    studio.misbehave({"stream_s": 60})
    studio.deployed("coder")
    with work_on(studio.project, host(studio.project, None), is_rehearsal=True) as made:
        yield made


def asked(work: Work, key: str = KEY) -> tuple[int | None, Source]:
    """Return what is in flight on the port that serves."""
    facts = gather(work.transport, work.host)
    return in_flight(work, facts, facts.slots.active, Secret(key))


def test_the_proxys_own_count_is_taken(studio: Studio, work: Work) -> None:
    """It is exact: a connection that is open and idle is no request."""
    assert asked(work) == (0, COUNTER)
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        assert asked(work) == (1, COUNTER)


def test_without_a_counter_connections_count(studio: Studio, work: Work) -> None:
    """An older LiteLLM has none; our own question of it is not taken for a user's."""
    studio.misbehave({"stream_s": 60, "no_backlog": True})
    app.restart(studio.project, None)
    assert asked(work) == (0, CONNECTIONS)
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        assert asked(work) == (1, CONNECTIONS)


def test_a_key_that_the_proxy_does_not_know_leaves_the_connections(studio: Studio, work: Work) -> None:
    """It was started with another env_file."""
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        assert asked(work, "sk-another-key") == (1, CONNECTIONS)


def test_of_several_workers_none_is_asked(studio: Studio, work: Work) -> None:
    """Each counts by itself: the one that answers may be idle while the other streams."""
    studio.entry["litellm_args"] = ["--num_workers", "2"]
    studio.settle()
    studio.deployed("coder", config="second")
    assert has_workers(gather(work.transport, work.host), studio.port)
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        assert asked(work) == (1, CONNECTIONS)


def test_where_nothing_serves_nothing_is_in_flight(studio: Studio, work: Work) -> None:
    """There is nobody to wait for."""
    studio.kill()
    until(lambda: asked(work) == (0, CONNECTIONS), "no connection")
