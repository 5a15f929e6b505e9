"""The live checklist."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from ccdeploy.events import (
    Answered,
    Asking,
    Checked,
    LogShown,
    Noted,
    StepDone,
    StepFailed,
    StepMoved,
    StepStarted,
    Warned,
)
from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.terminal import Terminal
from tests.report.screen import Screen, terminal_on


def shown(tell: Callable[[Terminal], None], error: str | None = None, look: Look | None = None) -> list[str]:
    """Return the lines that stay on a screen."""
    screen = Screen()
    terminal = terminal_on(screen, look)
    tell(terminal)
    terminal.close(error)
    return screen.lines


def test_a_finished_step_stays_with_its_time_and_detail() -> None:
    """The list is what people send to each other when something went wrong."""

    def tell(terminal: Terminal) -> None:
        terminal(StepStarted("a", "connect"))
        terminal(StepDone("a", "connect", 0.34, "OpenSSH 9.2"))

    assert shown(tell) == ["✓ connect  340 ms  OpenSSH 9.2"]


def test_a_running_step_says_how_far_it_is() -> None:
    """Minutes in which nothing moves look like a hang; when it has ended, nobody needs to know how it went on."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(StepMoved("i", "too early"))
    terminal(StepStarted("i", "install"))
    terminal(StepMoved("i", "12 packages found, httpx"))
    console = Console(width=80, file=io.StringIO())
    console.print(terminal)
    assert "12 packages found, httpx" in console.file.getvalue()  # type: ignore[attr-defined]
    terminal(StepDone("i", "install", 3.0, "whole"))
    terminal.close()
    assert screen.lines == ["✓ install  3.0 s  whole"]


def test_a_step_stands_above_what_belongs_to_it() -> None:
    """Checks above their heading would read as if they belonged to the step before."""

    def tell(terminal: Terminal) -> None:
        terminal(StepStarted("v", "verify"))
        terminal(Checked("listener", "ok", "pid 1"))
        terminal(StepStarted("i", "inner"))
        terminal(Checked("route", "failed", "502"))
        terminal(StepDone("i", "inner", 2.0))
        terminal(StepDone("v", "verify", 3.0))

    assert shown(tell) == ["✓ verify  3.0 s", "  ✓ listener  pid 1", "  ✓ inner  2.0 s", "    ✗ route  502"]


def test_the_reason_of_a_failure_is_shown_before_what_follows() -> None:
    """A rollback is only understood by whoever knows what failed."""

    def tell(terminal: Terminal) -> None:
        terminal(StepStarted("s", "switch"))
        terminal(StepFailed("s", "switch", 1.0, "the proxy died"))
        terminal(StepStarted("r", "roll back"))
        terminal(StepDone("r", "roll back", 1.0))

    assert shown(tell, "studio: not deployed") == [
        "✗ switch  1.0 s", "    the proxy died", "✓ roll back  1.0 s",
    ]  # fmt: skip


def test_a_reason_is_not_told_twice() -> None:
    """The verb's last sentence is often the failed step's own, and stands right below it."""

    def tell(terminal: Terminal) -> None:
        terminal(StepStarted("o", "outer"))
        terminal(StepStarted("i", "inner"))
        terminal(StepFailed("i", "inner", 1.0, "no route"))
        terminal(StepFailed("o", "outer", 1.0, "no route"))

    assert shown(tell, "no route") == ["✗ outer  1.0 s", "  ✗ inner  1.0 s"]
    assert shown(tell, "another sentence")[-1].strip() == "no route"


def test_a_reason_is_not_told_before_a_warning_that_is_the_same() -> None:
    """An interrupted step and the warning of its verb say one thing."""

    def tell(terminal: Terminal) -> None:
        terminal(StepStarted("s", "switch"))
        terminal(StepFailed("s", "switch", 1.0, "interrupted"))
        terminal(Warned("interrupted"))

    assert shown(tell) == ["✗ switch  1.0 s", "! interrupted"]


def test_a_log_is_framed_and_harmless() -> None:
    """Foreign lines must be told from ours, and must not move the cursor."""
    lines = shown(lambda terminal: terminal(LogShown("litellm.log", ("\x1b[31mTraceback\x1b[0m", "  x\x1b[2J\x07"))))
    assert lines == ["│ litellm.log", "│ Traceback", r"│   x\x07"]


@pytest.mark.parametrize("has_unicode", [True, False])
def test_marks_are_words_where_the_encoding_has_no_signs(has_unicode: bool) -> None:
    """A serial console or an old locale shows question marks otherwise."""

    def tell(terminal: Terminal) -> None:
        terminal(Noted("a note"))
        terminal(Warned("a warning"))
        terminal(Checked("listener", "ok"))

    lines = shown(tell, look=Look(has_unicode=has_unicode, width=80))
    assert all(line.isascii() for line in lines) == (not has_unicode)


def test_without_colour_there_is_none() -> None:
    """NO_COLOR is a promise to people who cannot read colours."""

    def colours(look: Look) -> bool:
        screen = Screen()
        terminal = terminal_on(screen, look)
        terminal(StepStarted("a", "connect"))
        terminal(Checked("listener", "failed", "no"))
        terminal(StepFailed("a", "connect", 1.0, "no"))
        terminal.close()
        return "\x1b[3" in screen.getvalue()

    assert colours(Look(has_colour=True, has_unicode=True, width=80))
    assert not colours(Look(has_colour=False, has_unicode=True, width=80))


def test_a_question_has_the_terminal_to_itself() -> None:
    """A list that redraws itself over a prompt hides it, and whoever types is lost."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(StepStarted("a", "ask the host"))
    terminal(Asking("Enter passphrase: "))
    terminal(Warned("a heartbeat goes on"))
    assert screen.lines == []
    screen.write("Enter passphrase: \n")
    terminal(Answered())
    terminal(StepDone("a", "ask the host", 0.2))
    terminal.close()
    assert screen.lines == [
        "Enter passphrase:", "✓ ask the host  200 ms", "  ! a heartbeat goes on",
    ]  # fmt: skip


def test_one_empty_row_stands_between_the_list_and_what_follows() -> None:
    """A page shows what a reader will see; and rich 13 leaves other rows behind a list than rich 15."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(StepStarted("a", "connect"))
    terminal(StepDone("a", "connect", 0.34))
    terminal.close()
    assert screen.rows == ["✓ connect  340 ms", ""]


def test_a_question_between_two_steps_leaves_no_row() -> None:
    """Nothing runs then, so nothing is drawn; of that, too, versions of rich make different rows."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(StepStarted("a", "connect"))
    terminal(StepDone("a", "connect", 0.34))
    terminal(Asking("Enter passphrase: "))
    screen.write("Enter passphrase: \n")
    terminal(Answered())
    terminal.close()
    assert screen.rows == ["✓ connect  340 ms", "Enter passphrase:"]


def test_a_list_of_remarks_alone_ends_without_a_row() -> None:
    """Nothing was drawn that what follows is to be told from."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(Noted("a note"))
    terminal.close()
    assert screen.rows == ["· a note"]


def test_one_at_a_time_writes_to_the_terminal() -> None:
    """A list that is drawn between the halves of what is printed erases rows that should stay."""

    class Watched(Screen):
        def write(self, text: str) -> int:
            if threading.current_thread() is not here:
                others.append(is_held())
                drawn.set()
            return super().write(text)

    def is_held() -> bool:
        taken: list[bool] = []

        def take() -> None:
            taken.append(terminal._lock.acquire(blocking=False))
            if taken[0]:
                terminal._lock.release()

        third = threading.Thread(target=take)
        third.start()
        third.join()
        return not taken[0]

    here, drawn, others = threading.current_thread(), threading.Event(), list[bool]()
    terminal = terminal_on(Watched())
    terminal(StepStarted("a", "connect"))
    assert drawn.wait(timeout=180)
    terminal.close()
    assert all(others)


def test_a_screen_that_went_away_stops_no_verb() -> None:
    """Whatever happens to the terminal, the host must not be left half-way."""

    class Gone(Screen):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    terminal = Terminal(Unbreakable(Gone()), Look(has_unicode=True, width=80))
    terminal(StepStarted("a", "connect"))
    terminal(Noted("still here"))
    terminal(StepDone("a", "connect", 1.0))
    terminal.close()


def test_an_interrupted_list_is_closed(monkeypatch: Any) -> None:
    """A cursor that stays hidden makes people close their terminal."""
    screen = Screen()
    terminal = terminal_on(screen)
    terminal(StepStarted("a", "connect"))
    terminal.close("interrupted")
    assert screen.getvalue().rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in screen.getvalue()
    assert "– connect" in "\n".join(screen.lines)  # noqa: RUF001
