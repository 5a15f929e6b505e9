"""Waiting for a proxy that listens, in time that passes only here."""

from __future__ import annotations

import httpx

from ccdeploy.verify import wait
from tests.verify.fakes import Clock, Server, proxy_server, refused

NOT_YET = httpx.Response(503, json={"status": "starting"})
READY = httpx.Response(200, json={"status": "healthy"})


def asked(server: Server, timeout_s: float = 60) -> tuple[str, str, float]:
    """Wait, and return status, detail and the seconds that passed."""
    clock = Clock()
    check = wait.ready(server.client(), timeout_s, clock)
    return check.status, check.detail, clock.seconds


def test_a_ready_proxy_is_not_waited_for() -> None:
    """Every tenth of a second is downtime."""
    assert asked(proxy_server()) == ("ok", "", 0)


def test_a_proxy_that_gets_ready_is_waited_for() -> None:
    """It listens a moment before it is ready."""
    status, _, seconds = asked(proxy_server(readiness=[NOT_YET, httpx.ReadTimeout(""), refused(), READY]))
    assert status == "ok"
    assert 0 < seconds < 1


def test_a_proxy_that_never_gets_ready_is_given_up_in_time() -> None:
    """With what it said last."""
    status, detail, seconds = asked(proxy_server(readiness=NOT_YET), 7)
    assert (status, detail) == ("failed", "answered 503")
    assert 7 <= seconds < 8


def test_a_proxy_that_is_gone_is_given_up_at_once() -> None:
    """It died after it had listened: two minutes of patience would be two minutes without service."""
    status, detail, seconds = asked(proxy_server(readiness=[NOT_YET, refused()]))
    assert (status, detail) == ("failed", "nothing listens there")
    assert seconds < 2
