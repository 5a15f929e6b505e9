"""What a person reads after `init`."""

from __future__ import annotations

import pytest

from ccdeploy.findings import note
from ccdeploy.report.begun import init_lines
from ccdeploy.report.look import Look
from ccdeploy.results import Init, NextStep

LOOK = Look(has_unicode=True)


def test_each_file_is_told_with_what_became_of_it_and_the_next_command_comes_last() -> None:
    """The last line on the screen is what the eye falls on: it is what to type."""
    steps = (NextStep("ccdeploy check", "judge every file"), NextStep("ccdeploy deploy", "and serve"))
    found = (note("not-ignored", ".gitignore", "it lets git take .ccdeploy/", "add: .ccdeploy/"),)
    begun = Init("/srv/p", "studio", ("configs/hosts.yaml",), (), (".gitignore",), steps, found)
    assert init_lines(begun, LOOK) == [
        "✓ a project for studio, in /srv/p",
        "  configs/hosts.yaml  written",
        "  .gitignore          kept as it is",
        "· .gitignore: it lets git take .ccdeploy/; add: .ccdeploy/ [not-ignored]",
        "",
        "Next:",
        "  ccdeploy check   judge every file",
        "  ccdeploy deploy  and serve",
    ]


@pytest.mark.parametrize(
    ("begun", "title"),
    [
        (Init("/srv/p", None, ("a",), (), (), ()), "✓ a project, in /srv/p"),
        (Init("/srv/p", "studio", (), ("a",), ("b",), ()), "✓ the schemas are those of this ccdeploy now"),
        (Init("/srv/p", "studio", (), (), ("a",), ()), "✓ nothing to do: every file is there"),
    ],
)
def test_the_first_line_says_what_was_done(begun: Init, title: str) -> None:
    """A second time must not sound as if it had begun something anew."""
    assert init_lines(begun, LOOK)[0] == title
