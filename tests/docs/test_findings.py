"""Every code of a finding stands on a page, and what stands there is emitted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.findings import Severity
from ccdeploy.litellm.lint_health import BACKGROUND_CHECKS
from ccdeploy.litellm.lint_rules import ALLOWABLE, RULES
from ccdeploy.operations.codes import CODES
from docs.generate import ROOT
from tests.docs.reading import fences
from tests.docs.vocabulary import is_known

_MAKERS = {"error": 0, "warning": 0, "note": 0, "_Unreadable": 0, "found": 1}  # which argument is the code
_NAMED = {"BACKGROUND_CHECKS": BACKGROUND_CHECKS}
# The settings have a table of their own in what is judged: the keys of hosts.yaml.
_ELSEWHERE = ("settings/", "sandbox/", "cli/", "findings.py")


def emitted(source: str) -> Iterator[tuple[str, str]]:
    """Yield the code of each finding that a source makes, and the name of its maker."""
    tree = ast.parse(source)
    named = _NAMED | {
        name.id: str(value.value)
        for one in tree.body
        if isinstance(one, ast.Assign) and isinstance(value := one.value, ast.Constant)
        for name in one.targets
        if isinstance(name, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _MAKERS:
            continue
        place = _MAKERS[node.func.id]
        if len(node.args) <= place:
            continue
        match node.args[place]:
            case ast.Constant(value=str(code)):
                yield code, node.func.id
            case ast.Name(id=name) if name in named:
                yield named[name], node.func.id


def everywhere() -> dict[str, set[tuple[str, str]]]:
    """Return what each file of the package emits."""
    files = {str(path.relative_to(ROOT / "ccdeploy")): path for path in (ROOT / "ccdeploy").rglob("*.py")}
    return {
        name: set(emitted(Path(path).read_text(encoding="utf-8")))
        for name, path in files.items()
        if not name.startswith(_ELSEWHERE)
    }


def test_every_code_that_is_emitted_is_in_a_table() -> None:
    """A code that no page explains is a riddle; add it to operations/codes.py, or to litellm/lint_rules.py."""
    unknown = [
        f"{name}: {code}" for name, found in everywhere().items() for code, _ in found if code not in {*CODES, *RULES}
    ]
    assert unknown == []


def test_every_code_of_the_tables_is_emitted() -> None:
    """A code that nobody finds any more is a promise that nobody keeps."""
    codes = {code for found in everywhere().values() for code, _ in found}
    assert len(codes) > 70
    assert {*CODES, *RULES} - codes == set()


def test_no_code_stands_in_both_tables() -> None:
    """One code, one meaning."""
    assert set(CODES) & set(RULES) == set()
    assert ALLOWABLE - {*CODES, *RULES} == set()


def test_the_severities_are_those_that_are_emitted() -> None:
    """Who reads `note` and meets an error was told wrong."""
    found: dict[str, set[Severity]] = {}
    for pairs in everywhere().values():
        for code, maker in pairs:
            if maker in ("error", "warning", "note"):
                found.setdefault(code, set()).add(Severity(maker))
    assert {code: set(CODES[code].severities) for code in CODES} == {code: found[code] for code in CODES}


@pytest.mark.parametrize(
    "source", ['error("a-code", None, "x")', 'yield found(config, "a-code", (), "x")', 'return note(NAMED, "a", "x")']
)
def test_each_way_to_emit_is_seen(source: str) -> None:
    """A walk that sees nothing finds nothing missing."""
    assert [code for code, _ in emitted(f'NAMED = "a-code"\ndef f():\n    {source}')] == ["a-code"]


def test_the_report_on_the_page_is_one_that_doctor_could_print() -> None:
    """Whoever compares theirs with it must find the same words."""
    (shown,) = fences((ROOT / "docs" / "how-to" / "examine.md").read_text(encoding="utf-8"), "console")
    report = shown[shown.index("\n\n") + 1 :]  # behind the command and its steps
    said = list(sentences(report))
    assert len(said) > 30
    assert [text for text in said if not is_known(text)] == []
    assert set(re.findall(r"\[([a-z-]+)\]$", report, re.MULTILINE)) <= {*CODES, *RULES}


def sentences(report: str) -> Iterator[str]:
    """Yield what a report says behind its marks, broken lines joined; codes and the way by ssh are left out."""
    for part in re.split(r"\n(?=[✗!·✓A-Z]|  missing|  →|\n)", report.partition("\n")[2]):
        text = " ".join(part.split())
        promise = re.fullmatch(r"[✗!✓] (no \w+ \w+): (?:yes|partly|no); (.*)", text)
        if promise:
            yield from (promise[1], *promise[2].split("; "))
        elif text.startswith("→ ssh -t "):
            yield text.partition("'")[2].removesuffix("'")
        elif text.startswith("missing: the remedy of ["):
            yield text.removeprefix("missing: ")
        elif text:
            yield re.sub(r"^(?:[✗!·✓→]|missing:) | \[[a-z-]+\]$", "", text)
