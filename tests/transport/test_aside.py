"""Ctrl-C in the middle of a request: it comes between any two steps, and the connection is needed afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import paramiko
import pytest

from ccdeploy.latch import Latch
from ccdeploy.shell.command import Command
from ccdeploy.transport.aside import Aside, aside
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.tunnel import TunnelTransport
from tests.support.waiting import until

ANSWERS_WITHIN_S = 20.0


class Interrupted:
    """A lock; whoever takes it first is interrupted, as soon as it is taken."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self.takers: list[threading.Thread] = []

    def acquire(self, *args: Any) -> bool:
        """Take it."""
        taken = bool(self._lock.acquire(*args))
        if isinstance(threading.current_thread(), paramiko.Transport):  # it still ends what was before
            return taken
        self.takers.append(threading.current_thread())
        if len(self.takers) == 1:
            os.kill(os.getpid(), signal.SIGINT)  # heard by the main thread alone
        return taken

    def release(self) -> None:
        """Give it back."""
        self._lock.release()


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """Ctrl-C is KeyboardInterrupt, however these tests were started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def in_paramiko(name: str) -> Callable[[SshTransport, httpx.Client], Interrupted]:
    """Return what lets the one be interrupted who takes this lock of paramiko's Transport."""

    def set_up(transport: SshTransport, client: httpx.Client) -> Interrupted:
        assert transport._connection is not None
        below = transport._connection._transport
        lock = Interrupted(getattr(below, name))
        setattr(below, name, lock)
        return lock

    return set_up


def in_pool(transport: SshTransport, client: httpx.Client) -> Interrupted:
    """Let the one be interrupted who takes the lock of httpcore's pool of connections."""
    pool: Any = client._transport
    own = pool._pool._optional_thread_lock
    own._lock = Interrupted(own._lock)
    return own._lock  # type: ignore[no-any-return]


PLACES = {
    "open a channel": in_paramiko("lock"),
    "send": in_paramiko("clear_to_send_lock"),
    "pool": in_pool,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_ctrl_c_within_a_request_leaves_a_connection_that_works(
    transport: SshTransport, web: int, place: str, *, is_first: bool
) -> None:
    """The way back goes over it. A lock that was left taken let it wait for 40 s, and then fail."""
    client = transport.http(web)
    transport.run(Command("connect", "true"))
    if not is_first:
        client.get("/")
    if place == "open a channel":  # a connection that is kept needs none
        client = transport.http(web)
    lock = PLACES[place](transport, client)
    with pytest.raises(KeyboardInterrupt):
        client.get("/")
    assert lock.takers
    assert transport.run(Command("after", "echo here", timeout_s=ANSWERS_WITHIN_S)).text.strip() == "here"
    client.close()
    assert transport.http(web).get("/").status_code == 200


class Channel:
    """A channel that takes all, and answers nothing."""

    closed = False
    eof_received = 0

    def __init__(self) -> None:
        self.sent = b""

    def settimeout(self, timeout: float | None) -> None:
        """Do nothing."""

    def recv(self, nbytes: int) -> bytes:
        """End."""
        return b""

    def recv_ready(self) -> bool:
        """Whether something can be read."""
        return False

    def sendall(self, s: bytes) -> None:
        """Take it."""
        self.sent += s

    def close(self) -> None:
        """Close."""
        self.closed = True


def test_nothing_is_sent_for_who_is_gone() -> None:
    """A request to a model that goes out after Ctrl-C loads it, and keeps the proxy from ending, for nobody."""
    channel, go = Channel(), Latch()

    def opens(address: str, port: int, timeout_s: float | None) -> Channel:
        os.kill(os.getpid(), signal.SIGINT)
        go.wait(ANSWERS_WITHIN_S)
        return channel

    transport = TunnelTransport(lambda: None, opens, lambda exc: None)
    with pytest.raises(KeyboardInterrupt), httpx.Client(transport=transport) as client:
        client.post("http://127.0.0.1:1/chat/completions", json={})
    go.set()
    until(lambda: channel.closed, "the channel is closed")
    assert channel.sent == b""


def test_what_has_not_begun_is_not_done_for_who_is_gone() -> None:
    """Ctrl-C may come before the thread."""
    done = list[str]()
    under_way = Aside(lambda: done.append("work"))
    under_way.leave(lambda _: done.append("too late"))
    under_way.begin()
    assert under_way.wait(ANSWERS_WITHIN_S)
    assert done == []


def test_what_is_opened_too_late_is_closed() -> None:
    """Nobody would: whoever asked for it is gone."""
    go, closed = Latch(), list[str]()

    def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        go.wait(ANSWERS_WITHIN_S)
        return "channel"

    with pytest.raises(KeyboardInterrupt):
        aside(work, too_late=closed.append)
    assert closed == []
    go.set()
    until(lambda: closed == ["channel"], "it is closed")


def test_what_came_before_it_was_left_is_closed_once() -> None:
    """Ctrl-C may come when the work has just ended."""
    closed = list[str]()
    under_way = Aside(lambda: "channel")
    under_way.begin()
    assert under_way.wait(ANSWERS_WITHIN_S)
    under_way.leave(closed.append)
    until(lambda: closed == ["channel"], "it is closed")
    under_way._clear_away()
    assert closed == ["channel"]


def test_what_goes_wrong_too_late_is_nobodys(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No traceback of a thread reaches the user."""
    go, told = Latch(), list[object]()
    monkeypatch.setattr(threading, "excepthook", told.append)

    def fails(came: str) -> None:
        raise OSError(came)

    for work in (lambda: "channel", lambda: fails("lost")):

        def interrupted(work: Callable[[], object] = work) -> object:
            os.kill(os.getpid(), signal.SIGINT)
            go.wait(ANSWERS_WITHIN_S)
            return work()

        with pytest.raises(KeyboardInterrupt):
            aside(interrupted, too_late=lambda _: fails("closed already"))
    go.set()
    until(lambda: all(one.name != "aside" for one in threading.enumerate()), "both have ended")
    assert told == []
    assert capfd.readouterr() == ("", "")


def test_what_goes_wrong_is_raised() -> None:
    """As if it had been done here."""

    def work() -> None:
        raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        aside(work)
