"""docs/reliability.md names tests that exist, and leaves out no file of faults, no mutation and no known fault."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from docs.generate import ROOT
from tests.faults.mutation import PROMISES, mutations

PAGE = ROOT / "docs" / "reliability.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = re.compile(r"\[`(?P<file>[\w/]+\.py)(?:::(?P<test>\w+))?`\]\((?P<target>[^)]+)\)")
# What the best of other tools let happen: each has a row of its own, by this name.
FAULTS = (
    "Ctrl-C, in every phase",
    "SIGKILL, in every phase",
    "The connection is cut after the old process was told to stop",
    "A dead client left the lock",
    "Two deploys at once",
    "The old process refuses to die",
    "The new process binds another port",
    "LiteLLM drops an invalid model without a word",
    "An upload stops half-way",
    "The disk is full",
    "The host's key has changed",
    "Traefik answers 502 while the host is well",
    "The release to go back to is missing, or corrupt",
    "What went back is not well either",
    "A deploy that failed is deployed a second time",
    "A failing hook hides the first error",
    "Five failed deploys push out the last good release",
    "A login shell prints something of its own",
)


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def untrue(text: str) -> list[str]:
    """Return what a page names and is not there, or leads elsewhere than it says."""
    found = []
    for match in NAMED.finditer(text):
        path = ROOT / "tests" / match["file"]
        if match["target"] != f"../tests/{match['file']}":
            found.append(f"{match['file']} leads to {match['target']}")
        elif not path.is_file() or (match["test"] and match["test"] not in names_in(path)):
            found.append(match[0])
    return found


def rows(text: str) -> dict[str, str]:
    """Return the rows of all tables by their first cell."""
    cells = [line.strip("|").split("|", 1) for line in text.splitlines() if line.startswith("| ")]
    return {first.strip(): rest for first, *others in cells for rest in others}


def test_every_test_that_is_named_exists() -> None:
    """A promise that is shown by a test that somebody renamed is shown by nothing."""
    assert untrue(TEXT) == []
    assert len(set(NAMED.findall(TEXT))) > len(FAULTS)
    assert len(re.findall(r"::test_", TEXT)) == sum(bool(match["test"]) for match in NAMED.finditer(TEXT))


def test_what_is_not_there_is_found() -> None:
    """No such test, no such file, and a link to another one."""
    here = "docs/test_reliability.py"
    good = f"[`{here}::test_what_is_not_there_is_found`](../tests/{here})"
    bad = [
        f"[`{here}::test_of_nothing`](../tests/{here})",
        "[`docs/test_none.py`](../tests/docs/test_none.py)",
    ]
    assert untrue(" ".join([good, *bad, f"[`{here}`](../tests/docs/test_man.py)"])) == [
        *bad,
        f"{here} leads to ../tests/docs/test_man.py",
    ]


def test_every_file_of_faults_is_named() -> None:
    """What is tried and not told of is found by nobody who asks whether it was."""
    files = {f"faults/{path.name}" for path in (ROOT / "tests" / "faults").glob("test_*.py")}
    assert sorted(files - {match["file"] for match in NAMED.finditer(TEXT)}) == []


def test_every_mutation_is_listed_with_what_catches_it() -> None:
    """The page says what the patch says, and nothing of patches that are gone."""
    for mutation in mutations():
        row = rows(TEXT)[f"[`{mutation.name}`](../{mutation.path.relative_to(ROOT)})"]
        assert mutation.how in row
        named = {f"tests/{match['file']}::{match['test']}" for match in NAMED.finditer(row)}
        assert named == set(mutation.tests)
    listed = re.findall(r"\.\./tests/faults/mutations/([\w-]+)\.patch", TEXT)
    assert sorted(listed) == [mutation.name for mutation in mutations()]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_list_is_shown_by_a_test(fault: str) -> None:
    """Each of them happened to somebody, with another tool."""
    row = rows(TEXT)[fault]
    assert any(match["test"] for match in NAMED.finditer(row))


def test_each_promise_is_named_and_what_is_not_covered_too() -> None:
    """A page of successes alone is an advertisement."""
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert {*PROMISES, "What is not covered", "The numbers of the last full run"} <= set(headings)
