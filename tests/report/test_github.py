"""The log of GitHub Actions."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.errors import Refused
from ccdeploy.events import Checked, Event, Found, LogShown, Noted, Printed, StepDone, StepFailed, StepStarted, Warned
from ccdeploy.findings import error, note, warning
from ccdeploy.report.github import (
    GithubProgress,
    annotation,
    command,
    failure_annotations,
    finding_annotations,
    harmless,
)
from ccdeploy.report.look import Unbreakable

# What the runner reads as a command: two colons first, blanks aside; its older form anywhere in a line.
COMMAND = re.compile(r"^\s*::(?P<name>[\w-]+)[^\n]*?::|##\[(?P<old>[^\]]*)\]", re.MULTILINE)


def place(path: str) -> str:
    """The project is a folder of the repository."""
    return f"gateway/{path}"


def shown(events: Iterable[Event]) -> list[str]:
    """Return the lines of a log."""
    out = io.StringIO()
    progress = GithubProgress(Unbreakable(out), place)
    for event in events:
        progress(event)
    progress.close()
    return out.getvalue().splitlines()


def test_a_step_is_a_group_and_its_end_stands_below() -> None:
    """A closed group hides its checks; how it ended is seen without opening it."""
    assert shown([StepStarted("v", "verify"), Checked("listener", "ok"), StepDone("v", "verify", 1.0, "3 models")]) == [
        "::group::verify", "check    ok  listener", "::endgroup::", "ok       verify  1.0 s  3 models",
    ]  # fmt: skip


def test_groups_do_not_nest() -> None:
    """GitHub ends the outer one where an inner one begins."""
    inner: list[Event] = [StepStarted("b", "inner"), StepFailed("b", "inner", 1.0, "no")]
    assert shown([StepStarted("a", "outer"), *inner, Noted("after"), StepDone("a", "outer", 2.0)]) == [
        "::group::outer", "start    inner", "failed   inner  1.0 s  no", "note     after", "::endgroup::",
        "ok       outer  2.0 s",
    ]  # fmt: skip


def test_an_interrupted_step_leaves_no_group_open() -> None:
    """Whatever comes after would be hidden in it."""
    assert shown([StepStarted("a", "outer")]) == ["::group::outer", "::endgroup::"]


def test_a_finding_stands_beside_its_line_in_the_pull_request() -> None:
    """Below the repository's top, which the project's folder need not be."""
    found = warning("big-context", "configs/litellm/tdd.yaml:14", "50% more\nthan, it has", "write: less")
    where = "file=gateway/configs/litellm/tdd.yaml,line=14,title=big-context"
    assert shown([Found(found)]) == [rf"::warning {where}::50%25 more\nthan, it has; write: less"]
    of_a_host = error("env-file-mode", "studio", "is open")
    assert annotation(of_a_host, place) == "::error title=env-file-mode::studio: is open"


def test_what_a_property_may_not_hold_is_escaped() -> None:
    """A comma would begin another property, two colons the message."""
    assert command("error", "a%\r\n:,", file="a,b::c%", line=None) == "::error file=a%2Cb%3A%3Ac%25::a%25%0D%0A:,"


def test_the_worst_come_first_and_notes_not_at_all() -> None:
    """GitHub shows ten of a kind."""
    found = [note("n", "a.yaml:1", "n"), warning("w", "a.yaml:2", "w"), error("e", "a.yaml:3", "e")]
    assert [line.split()[0] for line in finding_annotations(found, str)] == ["::error", "::warning"]
    lines = failure_annotations("deploy", Refused("studio: refused", findings=found), str)
    assert lines[-1] == "::error title=ccdeploy deploy::studio: refused"
    assert len(lines) == 3


def test_a_secret_is_masked_in_annotations_too() -> None:
    """They are read by more people than the log."""
    assert "abcdef123456" not in "".join(
        shown([Warned("key sk-abcdef123456"), Found(error("a", "b", "sk-abcdef123456"))])
    )


HOSTILE = [
    "::set-output name=a::b",
    "  ::add-mask::word",
    "\u00a0::error::x",
    "x ##[add-mask]word",
    "##[error]x",
    "::stop-commands::t",
    "a\n::group::b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_others_is_no_command(text: str) -> None:
    """A log on a host, or a model's name, must not mask words, set outputs or end commands in somebody's CI."""
    assert COMMAND.search(text)
    assert not COMMAND.search(harmless(text))
    lines = shown([Noted(text), LogShown("a.log", (text,)), Printed("hooks/failed", text), StepDone("a", text, 1.0)])
    assert not [line for line in lines if COMMAND.search(line) and line != "::endgroup::"]


@given(st.text(alphabet=":# []seta\n\u00a0\u2003", max_size=30))
def test_no_text_becomes_a_command(text: str) -> None:
    """Whatever the order of what the runner looks for."""
    assert not COMMAND.search(harmless(text))


def test_harmless_text_stays_as_it_is() -> None:
    """An address of IPv6 is common in logs."""
    assert harmless("listens on ::1 and a::b, #1 [x]") == "listens on ::1 and a::b, #1 [x]"
