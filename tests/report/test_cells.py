"""Text measured in the cells of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.report.cells import cells_of, fitted, packed


@pytest.mark.parametrize(
    ("text", "count", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "ab..."),
        ("模型模型", 8, "模型模型"),
        ("模型模型", 7, "模型..."),
        ("模型模型", 6, "模 ..."),
        ("abcdef", 3, "abc"),
        ("", 2, "  "),
    ],
)
def test_a_text_is_fitted_by_what_it_takes_on_the_screen(text: str, count: int, shown: str) -> None:
    """A column that counts characters is torn by the first Chinese name."""
    assert fitted(text, count) == shown


@given(st.text(), st.integers(0, 40))
def test_a_fitted_text_has_exactly_its_cells(text: str, count: int) -> None:
    """Whatever the name, the next column begins where it should."""
    assert cells_of(fitted(text, count)) == count


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)), st.integers(8, 40))
def test_packed_lines_keep_every_piece_and_the_width(pieces: list[str], count: int) -> None:
    """A legend that is cut explains nothing."""
    lines = list(packed(pieces, count))
    assert all(cells_of(line) <= count for line in lines)
    assert len([word for line in lines for word in line.split()]) == len(pieces)
