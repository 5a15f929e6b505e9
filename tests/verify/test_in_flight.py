"""How many requests are in flight, by what a proxy answers."""

from __future__ import annotations

import httpx
import pytest

from ccdeploy.secret import Secret
from ccdeploy.verify.in_flight import counted
from tests.verify.fakes import KEY, Server, guarded, plain, refused

PATH = "/health/backlog"


def told(reply: httpx.Response | Exception, key: str = KEY) -> int | None:
    """Return the count of a proxy that answers so to the right key."""
    return counted(Server({PATH: reply if isinstance(reply, Exception) else guarded(reply)}).client(), Secret(key))


def test_the_request_that_asks_is_not_counted() -> None:
    """An idle proxy says one: who waited for zero would wait for ever."""
    assert told(httpx.Response(200, json={"in_flight_requests": 1, "admitted_requests": 0})) == 0
    assert told(httpx.Response(200, json={"in_flight_requests": 4})) == 3


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(503, json={"in_flight_requests": 1}),
        httpx.Response(200, json={"in_flight_requests": 0}),  # it counted not even this request
        httpx.Response(200, json={"in_flight_requests": True}),
        httpx.Response(200, json={"in_flight_requests": "1"}),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[1]),
        plain(200, "a login page"),
        refused(),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("half an answer"),
    ],
)
def test_what_does_not_tell_is_unknown_and_not_zero(reply: httpx.Response | Exception) -> None:
    """A proxy that is taken for idle would be stopped under its users."""
    assert told(reply) is None


def test_another_key_than_the_proxys_is_unknown() -> None:
    """The env_file may have been changed since the proxy was started."""
    assert told(httpx.Response(200, json={"in_flight_requests": 1}), "sk-another") is None


def test_the_connection_is_given_up_with_the_answer() -> None:
    """Whoever counts connections next would count it."""
    server = Server({PATH: guarded(httpx.Response(200, json={"in_flight_requests": 1}))})
    counted(server.client(), Secret(KEY))
    assert server.asked[0].headers["connection"] == "close"
