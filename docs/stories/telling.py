"""Tells a page's story in its world, and says where it went otherwise than the page says."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from docs.stories.names import Names, comparable
from docs.stories.page import Step, Story
from docs.stories.shell import Shell, on_screen


@dataclass(frozen=True)
class Told:
    """A step, the command as it was typed, how it ended, and what it printed, in the names of the page.

    `written` is the same as the terminal got it, with its colours and all that a live list wrote over.
    """

    step: Step
    command: str
    code: int
    printed: str
    written: str = ""


def tell(story: Story, names: Names, shell: Shell, settle: Callable[[], None] = lambda: None) -> list[Told]:
    """Run every step in order, and `settle` after each; stop after one that ends otherwise than the page says."""
    told: list[Told] = []
    for step in story.steps:
        code, written = shell.run(names.as_run(step.command), is_interrupted=step.is_endless)
        printed = names.as_shown(on_screen(written))
        settle()
        if step.shown is not None:
            names.learn(step.shown, printed)
        typed = names.as_typed(step.command)
        told.append(Told(step, typed, code, printed, names.as_shown(written.decode(errors="replace"))))
        if code != step.ends_with:
            break
    return told


def wrong_codes(told: list[Told]) -> list[str]:
    """Return each step that ended otherwise than its page says."""
    return [
        f"line {one.step.line}: {one.command}\nended with {one.code}, the page says {one.step.ends_with}\n{one.printed}"
        for one in told
        if one.code != one.step.ends_with
    ]


def differences(told: list[Told]) -> list[str]:
    """Return how what was printed differs from what the page shows, what varies from run to run left out."""
    shown = [line for one in told for line in _said(one, one.step.shown)]
    printed = [line for one in told for line in _said(one, one.printed)]
    # Compared as one text each, since releases are numbered over the whole page.
    before, after = comparable("\n".join(shown)), comparable("\n".join(printed))
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), "the page", "this run", lineterm="", n=2))


def _said(one: Told, text: str | None) -> list[str]:
    return [] if one.step.shown is None or text is None else [f"$ {one.step.line}", *text.splitlines()]
