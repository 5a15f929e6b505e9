"""Whatever a host answers is shown as text: nothing in it moves a cursor, is markup, or gives a CI an order."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccdeploy import errors
from ccdeploy.errors import CcdeployError, DeployFailed, Refused
from ccdeploy.events import Answered, Asking, Event, Noted
from ccdeploy.findings import Finding
from ccdeploy.report import github
from ccdeploy.report.answer import answer_lines, remark
from ccdeploy.report.failure import failure_lines, sentence
from ccdeploy.report.github import GithubProgress
from ccdeploy.report.gitlab import GitlabProgress
from ccdeploy.report.jsonout import answered, failed, json_line
from ccdeploy.report.listing import log_line
from ccdeploy.report.look import Look, Unbreakable
from ccdeploy.report.plain import Plain
from ccdeploy.report.summary import error_summary, result_summary
from ccdeploy.report.terminal import Terminal
from ccdeploy.report.verdict import verdict
from ccdeploy.report.watch import event_lines
from ccdeploy.report.watch_screen import WatchScreen
from ccdeploy.results import (
    Attempt,
    CheckReport,
    Diff,
    Doctor,
    History,
    Init,
    Inventory,
    LockState,
    Log,
    LogLine,
    Run,
    Setup,
    Status,
    Verification,
)
from ccdeploy.results.watch import Residents, WatchAlarm, WatchEvent, WatchLine

pytestmark = pytest.mark.faults

TRICKS = [
    *("\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;http://192.0.2.1\x1b\\x\x1b]8;;\x1b\\", "\x9b2J", "\x1bPq\x1b\\"),
    *("\x1b\x1b[0m[2J", "a\nb", "a\rb", "\x08\x08\x08", "\x00", "\x7f", "\x85", "\u2028", "\u202egnp.exe", "\u200b"),
    *("\ufeff", "\ud800", "\u061c", "\xad", "\U000e0041"),
    *("[red]x[/red]", "[/]", "[link=http://192.0.2.1]x[/link]", "[bold", ":boom:", "`touch made`", "$(touch made)"),
    *("::set-output name=a::b", "\n::error::x", "##[error]x", "::add-mask::x", "section_start:1:x\r\x1b[0K", "|x|"),
    *("</td>", "<script>", "![x](http://192.0.2.1/x)", "[x](javascript:1)", "```", "# x", "%0A::error::x", "&#10;"),
]
TEXTS = st.lists(st.sampled_from(TRICKS) | st.text(max_size=6), max_size=3).map("".join)
MOVES = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0041]")
PLAIN = Look()
WIDE = Look(has_colour=False, has_unicode=True, width=60)
RESULTS = (
    Attempt,
    CheckReport,
    Diff,
    Doctor,
    History,
    Init,
    Inventory,
    LockState,
    Log,
    Run,
    Setup,
    Status,
    Verification,
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def made(kind: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return values of a type in which each text is a hostile one."""
    st.register_type_strategy(str, TEXTS)
    st.register_type_strategy(float, st.floats(0, 1e6))
    st.register_type_strategy(int, st.integers(0, 10**6))
    return st.builds(kind, **known) if known else st.from_type(kind)


def owner() -> st.SearchStrategy[Any]:
    """Return the owner of a lock as its file may say it."""
    return st.none() | st.dictionaries(TEXTS, TEXTS | st.booleans() | st.none(), max_size=3)


@st.composite
def results(draw: st.DrawFn) -> Any:
    """Return the result of any verb, as a host that wishes us ill makes it."""
    kind = draw(st.sampled_from(RESULTS))
    return draw(made(LockState, owner=owner()) if kind is LockState else made(kind))


@st.composite
def failures(draw: st.DrawFn) -> CcdeployError:
    """Return an error that quotes a host."""
    message, hint, evidence = draw(TEXTS), draw(TEXTS), draw(st.lists(TEXTS, max_size=3))
    findings = draw(st.lists(made(Finding), max_size=3))
    if draw(st.booleans()):
        return Refused(message, findings=findings, hint=hint, evidence=evidence)
    return DeployFailed(message, hint=hint, evidence=evidence)


def assert_still(text: str) -> None:
    """Assert that nothing in a text that was written line by line does anything to a terminal."""
    for line in text.split("\n"):
        assert not MOVES.search(line), repr(line)


@FEW
@given(results(), st.sampled_from([PLAIN, WIDE]))
def test_a_result_moves_no_cursor(result: Any, look: Look) -> None:
    """Names of models and releases, logs, the owner of a lock: all of it is somebody else's."""
    for line in [*answer_lines(result, "studio", look), *(remark(result) or "").splitlines()]:
        assert_still(line)
        assert "\n" not in line
    assert_still(sentence(verdict(result), look))


@FEW
@given(failures(), st.sampled_from([PLAIN, WIDE]))
def test_an_error_moves_no_cursor(error: CcdeployError, look: Look) -> None:
    """Its evidence is the end of a log."""
    assert_still("\n".join(failure_lines(error, look)))


@FEW
@given(results(), failures())
def test_json_is_one_document_of_ascii(result: Any, error: CcdeployError) -> None:
    """Whoever reads it gets the very text; a terminal on which it is printed does not."""
    for text in (answered("verb", "studio", result), failed("verb", "studio", error)):
        assert json.loads(text)["schema_version"] == 1
        assert re.fullmatch(r"[ -~\n]*", text)


EVENTS = st.one_of(*(made(kind) for kind in get_args(Event) if kind not in (Asking, Answered)))


@FEW
@given(st.lists(EVENTS, max_size=4))
def test_progress_moves_no_cursor_and_knows_no_markup(events: list[Event]) -> None:
    """A live list is drawn with rich, for which [red] is a colour and [/] a mistake that raises."""
    for kind in (Plain, lambda out: GithubProgress(out, str), lambda out: Terminal(out, PLAIN)):
        stream = io.StringIO()
        observer = kind(Unbreakable(stream))
        for event in events:
            observer(event)
        observer.close("why")
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", stream.getvalue())  # rich's own, for the list that it redraws
        assert "\x1b" not in shown
        assert_still(shown)


@FEW
@given(st.lists(EVENTS, max_size=4))
def test_gitlab_sees_our_sections_alone(events: list[Event]) -> None:
    """A section that a host begins would hide what follows."""
    stream = io.StringIO()
    observer = GitlabProgress(Unbreakable(stream), lambda: 1.0)
    for event in events:
        observer(event)
    observer.close()
    ours = re.sub(
        r"\x1b\[0Ksection_(?:start|end):1:ccdeploy_\d+_[\w.\-]*(?:\[collapsed=true\])?\r\x1b\[0K", "", stream.getvalue()
    )
    assert_still(ours)


def test_markup_of_rich_is_shown_as_it_stands() -> None:
    """Who reads a log wants to see what is in it."""
    stream = io.StringIO()
    terminal = Terminal(Unbreakable(stream), PLAIN)
    terminal(Noted("[red]x[/red] [/] [link=http://192.0.2.1]y[/link]"))
    terminal.close()
    assert "[red]x[/red] [/] [link=http://192.0.2.1]y[/link]" in stream.getvalue()


@FEW
@given(results(), failures())
def test_a_summary_in_markdown_holds_no_markup_of_a_host(result: Any, error: CcdeployError) -> None:
    """It is shown on a page of the project, to whoever may read that."""
    for page in (result_summary("deploy", result) or "", error_summary("deploy", error)):
        assert_still(page)
        outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", page)
        outside = re.sub(r"</?(?:details|summary)(?: open)?>", "", outside)
        assert not re.search(r"[<>\[\]`$!]", outside), page


@FEW
@given(results(), failures())
def test_no_line_gives_github_an_order_of_a_host(result: Any, error: CcdeployError) -> None:
    """`::add-mask::` and its kin are obeyed wherever a line begins so."""
    lines = [*answer_lines(result, "studio", PLAIN), *failure_lines(error, PLAIN)]
    told = github.harmless("\n".join(lines))
    assert not re.search(r"(?m)^\s*::|##\[", told)
    for order in github.failure_annotations("deploy", error, str):
        assert_still(order)
        head, _, _ = order.removeprefix("::").partition("::")
        assert re.fullmatch(r"(?:error|warning|notice)(?: [a-z]+=[^:,]*(?:,[a-z]+=[^:,]*)*)?", head), order


MOMENT = datetime(2026, 1, 31, tzinfo=UTC).isoformat()
LINES = st.one_of(
    made(WatchEvent, at=st.just(MOMENT)), made(WatchAlarm, at=st.just(MOMENT)),
    st.builds(Residents, at=st.just(MOMENT), models=st.just(())),
)  # fmt: skip


@FEW
@given(st.lists(LINES, max_size=3))
def test_a_watch_moves_no_cursor_but_its_own(lines: list[WatchLine]) -> None:
    """What Ollama calls its models is shown every second."""
    stream = io.StringIO()
    screen = WatchScreen(Unbreakable(stream), PLAIN)
    for line in lines:
        screen.show(line)
        for text in event_lines(line, PLAIN):
            assert_still(text)
        assert json.loads(json_line(line))["schema_version"] == 1
    screen.close()
    assert_still(stream.getvalue())


@FEW
@given(TEXTS)
def test_a_line_of_a_log_moves_no_cursor(text: str) -> None:
    """`logs -f` prints what the proxy writes, as it writes it."""
    assert_still(log_line(LogLine(None, None, text)))
    assert "\n" not in log_line(LogLine(None, None, text))


def test_every_error_has_a_code_that_no_host_can_choose() -> None:
    """A remote program's status never leaks out."""
    assert {kind.exit_code for kind in CcdeployError.__subclasses__()} <= set(errors.EXIT_CODES)
