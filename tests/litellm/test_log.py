"""What LiteLLM's log says of its own end."""

from __future__ import annotations

import pytest

from ccdeploy.litellm.log import reason, telling


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ImportError: Could not import handler from nowhere", "ImportError: Could not import handler from nowhere"),
        ("yaml.scanner.ScannerError: mapping values", "yaml.scanner.ScannerError: mapping values"),
        ("Exception: Config file not found", "Exception: Config file not found"),
        ("ERROR:    [Errno 98] error while attempting to bind", "ERROR:    [Errno 98] error while attempting to bind"),
        ("ValueError", "ValueError"),
        ("INFO:     Application startup complete.", None),
        ("12:00:00 - LiteLLM:ERROR: router.py:1 - no Exception here", None),
        ("    raise ValueError('x')", None),
    ],
)
def test_the_line_that_names_the_end_is_found(line: str, expected: str | None) -> None:
    """It becomes the sentence of the error."""
    assert reason(["INFO: started", line, "INFO: stopped"]) == expected


def test_the_last_exception_counts() -> None:
    """What came before it was caught."""
    assert reason(["KeyError: 'a'", "During handling of the above exception", "RuntimeError: b"]) == "RuntimeError: b"
    assert reason([]) is None


def test_banners_are_left_out_and_the_end_is_kept() -> None:
    """Thirty lines of logo would push the cause out of sight."""
    logo = ["#------------#", "   ██╗   ", "", "# give feedback", "https://github.com/BerriAI/litellm/issues/new"]
    assert telling(["first", *logo, "last"]) == ("first", "last")
    assert telling([f"line {n}" for n in range(30)], most=2) == ("line 28", "line 29")
