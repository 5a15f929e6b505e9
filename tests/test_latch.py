"""Something that happens once: for threads that wait, and for a person who does not."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import suppress
from itertools import count, takewhile
from types import FrameType

from ccdeploy.latch import Latch

PATIENCE_S = 5.0


def test_it_is_waited_for_and_stays() -> None:
    """Whoever comes later need not wait, be it one or several."""
    latch = Latch()
    assert not latch.is_set()
    assert not latch.wait(0)
    assert not latch.wait(0.01)
    threading.Timer(0.01, latch.set).start()
    assert latch.wait(PATIENCE_S)
    latch.set()
    assert latch.is_set()
    assert latch.wait()


def test_each_of_several_who_wait_is_told() -> None:
    """One word wakes one of them, who passes it on."""
    latch, told = Latch(), list[bool]()
    those = [threading.Thread(target=lambda: told.append(latch.wait(PATIENCE_S))) for _ in range(5)]
    for one in those:
        one.start()
    latch.set()
    for one in those:
        one.join(PATIENCE_S)
    assert told == [True] * 5


def test_a_signal_just_before_the_time_out_does_not_prolong_it() -> None:
    """The second Ctrl-C raises nothing: somebody is told to be patient. Python's own queues wait without end."""
    latch = Latch()
    slow = signal.signal(signal.SIGALRM, lambda number, frame: Latch().wait(0.2))  # past the end of the wait below
    sets = threading.Timer(PATIENCE_S, latch.set)
    sets.start()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        assert not latch.wait(0.15)
    finally:
        sets.cancel()
        signal.signal(signal.SIGALRM, slow)


class Pressed:
    """Ctrl-C at the n-th step of what Python does within a block; `was_reached` is whether there were so many."""

    def __init__(self, step: int) -> None:
        self.left = step
        self.was_reached = False

    def __call__(self, frame: FrameType, event: str, arg: object) -> Pressed:
        """Trace."""
        frame.f_trace_opcodes = True
        self.left -= 1
        if self.left == 0:
            self.was_reached = True
            sys.settrace(None)
            raise KeyboardInterrupt
        return self

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        sys.settrace(self)

    def __exit__(self, *raised: object) -> None:
        sys.settrace(self.before)


def is_whole_after(step: int) -> bool | None:
    """Press Ctrl-C at a step of a wait, and tell whether the latch is of use afterwards; None behind the last step."""
    latch, pressed = Latch(), Pressed(step)
    with suppress(KeyboardInterrupt), pressed:
        latch.wait(0)
    if not pressed.was_reached:
        return None
    sets = threading.Thread(target=latch.set, daemon=True)
    sets.start()
    sets.join(PATIENCE_S)
    return not sets.is_alive() and latch.wait(PATIENCE_S)


def test_ctrl_c_at_any_step_of_a_wait_leaves_it_whole() -> None:
    """An Event's lock stays taken after one that comes at the wrong step, and hangs whoever comes next."""
    found = list(takewhile(lambda whole: whole is not None, map(is_whole_after, count(1))))
    assert len(found) > 10, "hardly a step was found"
    assert all(found)
