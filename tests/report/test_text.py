"""Text that a terminal may be given."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.findings import error
from ccdeploy.report.text import cut, finding_line, rows, safe, table


@given(st.text())
def test_nothing_that_is_safe_moves_the_cursor(text: str) -> None:
    """Whatever a host answers may be printed."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", safe(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("clear\x1bc", r"clear\x1bc"),
        ("bell\x07", r"bell\x07"),
        ("one\ntwo\r", r"one\ntwo\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("half \udcff", r"half \udcff"),
        ("a\tb", "a    b"),
        ("naïve – 模型", "naïve – 模型"),  # noqa: RUF001
        ("key sk-abcdef123456", "key ***"),
        ("key sk-abc\x1b[0mdef123456", "key ***"),
    ],
)
def test_text_becomes_what_a_person_may_see(text: str, shown: str) -> None:
    """Colours go, the rest becomes visible; a key does not, even in two colours."""
    assert safe(text) == shown


def test_a_finding_is_one_line_with_its_code() -> None:
    """The code is what `--allow` takes."""
    assert finding_line(error("no-key", "a.yaml:1", "no key", "add one")) == "a.yaml:1: no key; add one [no-key]"


def test_rows_leave_out_what_is_unknown() -> None:
    """None means unknown; an empty line would read as a value."""
    assert rows([("release", "7f3a"), ("commit", None), ("by", "")]) == ["  release  7f3a"]


def test_a_table_drops_empty_columns_and_is_cut_at_the_width() -> None:
    """A wrapped table cannot be read."""
    lines = table(("A", "B", "C"), [("1", "", "long text"), ("22", "", "x")], width=8)
    assert lines == ["A   C", "1   l...", "22  x"]


def test_nothing_is_cut_where_no_terminal_is() -> None:
    """Whoever pipes the output wants all of it."""
    assert cut("x" * 500, None) == "x" * 500
