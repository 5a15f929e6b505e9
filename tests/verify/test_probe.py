"""Downtime: the sum by a made-up clock, and the probe against a server that goes away and comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest

from ccdeploy.errors import ConnectionLost, ForwardingForbidden
from ccdeploy.verify.probe import DowntimeProbe, Outages, measured
from tests.support.free_port import free_port
from tests.support.outages import assert_agree, overheard
from tests.support.probe import ALIVE, Probe
from tests.support.waiting import until
from tests.verify.fakes import refused


def total(probes: str, now: float = 100.0) -> float | None:
    """Return the downtime that probes add up to, one a second: + is up, - is down, ? is unknown."""
    outages = Outages()
    for second, letter in enumerate(probes):
        outages.seen(second, is_up={"+": True, "-": False, "?": None}[letter])
    return outages.total_s(now)


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        ("", None),
        ("--", None),
        ("+", 0),
        ("-+", 0),
        ("+-+", 1),
        ("+--++", 2),
        ("+-+-+", 2),
        ("+-", 99),
        ("+?+", 0),
        ("+-?+", 2),
        ("+?-+", 1),
        ("?", None),
    ],
)
def test_an_outage_lasts_from_the_first_failure_to_the_next_success(probes: str, expected: float | None) -> None:
    """Nobody was served in between, as far as anyone can tell; what is not known counts for neither."""
    assert total(probes) == expected


class _Alive(BaseHTTPRequestHandler):
    agents: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.agents.append(self.headers.get("user-agent", ""))
        self.send_response(200)
        self.send_header("content-length", str(len(ALIVE)))
        self.end_headers()
        self.wfile.write(ALIVE)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(port: int) -> Iterator[None]:
    """Serve as a live proxy does."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Alive)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def client(port: int) -> httpx.Client:
    """Return a client of a port."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False)  # noqa: S501 - no TLS


def test_two_probes_agree_on_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """What we tell must be what a user would have measured: within 100 ms, of a gap of a good second.

    Neither can tell more exactly than it asked: what kept it from asking in time counts for no disagreement.
    """
    port = free_port()
    told = overheard(monkeypatch)
    with client(port) as ours, Probe(port) as other:
        with serving(port):
            probe = DowntimeProbe(ours)
            probe.start()
            until(lambda: any(s.fault is None for s in other.samples), "it serves")
        failed = len(other.samples)
        until(lambda: len(other.samples) > failed + 30, "a gap of thirty probes")
        with serving(port):
            until(lambda: other.samples[-1].fault is None, "it serves again")
            seen = len(_Alive.agents)
            until(lambda: sum("httpx" in agent for agent in _Alive.agents[seen:]) > 1, "ours has seen it too")
            probe.stop()
    (outage,) = [o for o in other.outages if o.began_at > other.samples[0].sent_at and o.failures > 20]
    assert probe.downtime_ms is not None
    assert_agree(probe.downtime_ms, told, other, outage.ms)


def test_a_server_that_was_never_there_has_no_downtime() -> None:
    """Nothing served before the first deploy."""
    with client(free_port()) as ours, measured(ours) as probe:
        pass
    assert probe.downtime_ms is None


def test_another_programs_answer_is_no_service() -> None:
    """A stranger on the port would otherwise hide the gap."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="It works!"))
    with httpx.Client(transport=transport, base_url="http://x") as ours, measured(ours) as probe:
        pass
    assert probe.downtime_ms is None


@pytest.mark.parametrize("fault", [ConnectionLost("gone"), ForwardingForbidden("no")])
def test_what_the_connection_loses_is_no_downtime_of_the_proxy(fault: Exception) -> None:
    """Whether it served meanwhile is not known from here, and unknown is not down."""
    replies: list[httpx.Response | Exception] = [httpx.Response(200, content=ALIVE), fault, fault]
    asked = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        reply = replies.pop(0) if replies else fault
        if not replies:
            asked.set()
        if isinstance(reply, Exception):
            raise reply
        return reply

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://x") as ours, measured(ours) as probe:
        assert asked.wait(20)
    assert probe.downtime_ms == 0


def test_a_probe_ends_with_its_block_and_is_safe_to_stop_again() -> None:
    """Whatever the block raised."""
    transport = httpx.MockTransport(lambda request: (_ for _ in ()).throw(refused()))
    before = set(threading.enumerate())
    with httpx.Client(transport=transport, base_url="http://x") as ours:
        probe = DowntimeProbe(ours)
        probe.start()
        probe.stop()
        probe.stop()
    assert not [t for t in threading.enumerate() if t.name == "downtime probe" and t not in before]
