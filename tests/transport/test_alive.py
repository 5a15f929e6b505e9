"""Who is given up for silent: a host that answers nothing, and not one that this machine had no time to hear."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import paramiko
import pytest

from ccdeploy.transport import alive
from ccdeploy.transport.alive import ASKED_EVERY_S, GIVEN_UP_AFTER_S, Ear, Watch


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class _Waits:
    """In place of the watch's latch: each wait lasts as long as the test says, and after the last it is told to end."""

    def __init__(self, clock: _Clock, last_s: list[float]) -> None:
        self._clock = clock
        self._last_s = iter(last_s)
        self.is_over = False

    def wait(self, timeout_s: float) -> bool:
        lasts_s = next(self._last_s, None)
        if lasts_s is None:
            self.is_over = True
            return True
        assert lasts_s >= timeout_s
        self._clock.now += lasts_s
        return False

    def set(self) -> None:
        self.is_over = True


class _Transport:
    """A connection on which nothing is heard, unless somebody is asked."""

    def __init__(self, ear: Ear, clock: _Clock, *, answers: bool) -> None:
        self.packetizer = ear
        self._clock = clock
        self._answers = answers
        self.is_closed = False

    def is_active(self) -> bool:
        return not self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def global_request(self, kind: str, *, wait: bool) -> None:
        assert wait
        if self._answers:
            self.packetizer.heard_at = self._clock.now


@pytest.fixture
def ear() -> Iterator[Ear]:
    """A reader of packets."""
    near, far = socket.socketpair()
    with near, far:
        yield Ear(near)


def is_given_up(monkeypatch: pytest.MonkeyPatch, ear: Ear, last_s: list[float], *, answers: bool = False) -> bool:
    """Whether the host is given up while a watch's waits last so long, heard for the last time when they begin."""
    clock = _Clock()
    waits = _Waits(clock, last_s)
    monkeypatch.setattr(alive, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(alive, "Latch", lambda: waits)
    monkeypatch.setattr(alive, "threading", SimpleNamespace(Thread=_AtOnce))
    ear.heard_at = clock.now
    transport = _Transport(ear, clock, answers=answers)
    watch = Watch(cast("paramiko.Transport", transport))
    assert bool(watch.verdict) is transport.is_closed
    return transport.is_closed


class _AtOnce:
    """A thread that is done when it has started."""

    def __init__(self, target: object, name: str, daemon: bool) -> None:
        assert callable(target)
        self.start = target


def test_a_host_that_answers_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    """Whoever waits for it is told."""
    times = round(GIVEN_UP_AFTER_S / ASKED_EVERY_S)
    assert not is_given_up(monkeypatch, ear, [ASKED_EVERY_S] * (times - 1))
    assert is_given_up(monkeypatch, ear, [ASKED_EVERY_S] * times)


def test_a_host_that_answers_is_kept(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    """However long it has nothing to say by itself."""
    assert not is_given_up(monkeypatch, ear, [ASKED_EVERY_S] * 100, answers=True)


@pytest.mark.parametrize("held_up_s", [19.9, 29.9, 30.0, 40.0, 49.95, 3600.0])
def test_a_machine_that_was_held_up_asks_once_more(monkeypatch: pytest.MonkeyPatch, ear: Ear, held_up_s: float) -> None:
    """What came meanwhile was not read, and the answer to the next question needs its time."""
    stalls = [ASKED_EVERY_S, held_up_s]
    assert not is_given_up(monkeypatch, ear, stalls)
    assert not is_given_up(monkeypatch, ear, [*stalls, *[ASKED_EVERY_S] * 10], answers=True)
    assert is_given_up(monkeypatch, ear, [*stalls, *[ASKED_EVERY_S] * 3])


def test_a_machine_that_is_held_up_all_the_while_gives_up_too(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    """Nobody who waits is to wait for ever."""
    assert is_given_up(monkeypatch, ear, [GIVEN_UP_AFTER_S] * 2)


def test_a_connection_that_has_ended_is_not_judged(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    """Why it ended is known better than by its silence since."""
    monkeypatch.setattr(_Transport, "is_active", lambda transport: False)
    assert not is_given_up(monkeypatch, ear, [ASKED_EVERY_S] * 10)


def test_a_connection_that_cannot_be_written_to_has_ended() -> None:
    """It is known before paramiko's own thread, which ends the channels first, has said so."""
    near, far = socket.socketpair()
    far.close()
    message = paramiko.Message()
    message.add_byte(b"\x02")
    with near:
        ear = Ear(near)
        assert not ear.has_ended
        with pytest.raises(EOFError):
            ear.send_message(message)
    assert ear.has_ended
