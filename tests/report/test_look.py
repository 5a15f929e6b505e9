"""What a stream can show."""

from __future__ import annotations

import io

import pytest

from ccdeploy.report.look import Look, Unbreakable, is_live


class Stream(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, is_terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._is_terminal = is_terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding that was asked for."""
        return self._encoding

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "environ", "has_colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
    ],
)
def test_colours_are_for_terminals_of_people_who_want_them(
    is_terminal: bool, environ: dict[str, str], has_colour: bool
) -> None:
    """A file full of escape sequences is of no use; NO_COLOR counts when it is not empty."""
    assert Look.of(Stream(is_terminal), environ).has_colour is has_colour


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "✓"), ("ascii", "ok     "), ("latin-1", "ok     ")])
def test_signs_are_for_encodings_that_have_them(encoding: str, mark: str) -> None:
    """A mark that cannot be encoded would be shown as an escape."""
    assert Look.of(Stream(False, encoding), {}).mark("ok") == mark


def test_a_stream_never_fails() -> None:
    """An observer that raises would stop the deploy that it watches."""
    closed = io.StringIO()
    out = Unbreakable(closed)
    closed.close()
    out.line("nobody reads this")
    assert not out.isatty()
    assert not is_live(closed, {"TERM": "xterm"})


def test_what_an_encoding_lacks_is_escaped() -> None:
    """The text stays readable, and the verb goes on."""
    stream = Stream(False, "ascii")
    Unbreakable(stream).line("naïve ✓")
    assert stream.getvalue() == "na\\xefve \\u2713\n"
