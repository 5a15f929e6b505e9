"""Ctrl-C in the middle of a request: it comes between any two steps, and the connection is needed afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from ccdeploy.shell.command import Command
from ccdeploy.transport.aside import aside, begun
from ccdeploy.transport.ssh import SshTransport
from tests.support.waiting import until

LOCKS = ("lock", "clear_to_send_lock")  # of paramiko's Transport: to open a channel, and to send
ANSWERS_WITHIN_S = 5.0


class Interrupted:
    """A lock; whoever takes it first is interrupted, as soon as it is taken."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self.takers: list[threading.Thread] = []

    def acquire(self, *args: Any) -> bool:
        """Take it."""
        taken = bool(self._lock.acquire(*args))
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


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("is_first", [True, False])
def test_ctrl_c_within_a_request_leaves_a_connection_that_works(
    transport: SshTransport, web: int, name: str, *, is_first: bool
) -> None:
    """The way back goes over it. A lock that was left taken let it wait for 40 s, and then fail."""
    client = transport.http(web)
    if is_first:
        transport.run(Command("connect", "true"))
    else:
        client.get("/")
        if name == "lock":
            client.close()  # so that another channel is opened
            client = transport.http(web)
    assert transport._connection is not None
    paramikos = transport._connection._transport
    lock = Interrupted(getattr(paramikos, name))
    setattr(paramikos, name, lock)
    with pytest.raises(KeyboardInterrupt):
        client.get("/")
    assert transport.run(Command("after", "echo here", timeout_s=ANSWERS_WITHIN_S)).text.strip() == "here"
    client.close()
    assert transport.http(web).get("/").status_code == 200


def test_what_is_opened_too_late_is_closed() -> None:
    """Nobody would: whoever asked for it is gone."""
    go, closed = threading.Event(), list[str]()

    def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        go.wait(ANSWERS_WITHIN_S)
        return "channel"

    with pytest.raises(KeyboardInterrupt):
        aside(work, too_late=closed.append)
    assert closed == []
    go.set()
    until(lambda: closed == ["channel"], "it is closed")


def test_what_goes_wrong_too_late_is_nobodys() -> None:
    """No traceback of a thread reaches the user."""
    go = threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        go.wait(ANSWERS_WITHIN_S)
        raise OSError("lost")

    with pytest.raises(KeyboardInterrupt):
        aside(work)
    go.set()


def test_what_goes_wrong_is_raised() -> None:
    """As if it had been done here."""

    def work() -> None:
        raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        aside(work)
    future: Future[None] = begun(work)
    assert isinstance(future.exception(ANSWERS_WITHIN_S), OSError)
