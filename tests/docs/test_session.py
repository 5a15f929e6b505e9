"""The session in the README is one that the code could have printed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from docs.generate import ROOT
from tests.docs.reading import fences
from tests.docs.vocabulary import is_known

_MARK = re.compile(r" *[✓✗\u2013·!] ")
_LABEL = re.compile(r" {2}([a-z]+) {2,}\S")
_TOOK = re.compile(r"[\d.]+ (?:ms|s|min)")
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def phrases(session: str) -> Iterator[str]:
    """Yield what a session says after its marks and before its columns; times and ids are left out."""
    for line in whole_lines(session):
        if line.startswith(("✗ sandbox", "✓ sandbox")):
            yield line[2:]
        elif _MARK.match(line):
            parts = [part for part in re.split(r"  +", _MARK.sub("", line, count=1).strip()) if part]
            yield from (part for part in parts if not _TOOK.fullmatch(part) and not _ID.fullmatch(part))
        elif label := _LABEL.match(line):
            yield label[1]


def whole_lines(session: str) -> list[str]:
    """Return the lines as they were before a terminal broke them: what goes on is set in by two."""
    found: list[str] = []
    for line in session.splitlines():
        goes_on = re.match(r"  [^\s✓✗\u2013·!│→]", line) and not _LABEL.match(line)
        if goes_on and found and _MARK.match(found[-1]):
            found[-1] += line[1:]
        else:
            found.append(line)
    return found


def sessions() -> list[str]:
    """Return the sessions of the README."""
    return fences((ROOT / "README.md").read_text(encoding="utf-8"), "console")


def test_every_phrase_of_the_session_is_one_of_the_code() -> None:
    """Whoever tries it and reads something else trusts no other sentence of the page."""
    said = [phrase for session in sessions() for phrase in phrases(session)]
    assert len(said) > 30
    assert [phrase for phrase in said if not is_known(phrase)] == []


def test_the_checks_of_the_session_are_those_of_the_code_in_their_order() -> None:
    """A check that is left out of the page is one that nobody knows of."""
    names = ["listener", "liveliness", "readiness", "models", "model info", "health", "ollama", "ollama models"]
    shown = [
        line.split("  ")[1].removeprefix("✓ ").strip() for line in sessions()[0].splitlines() if line[:4] == "  ✓ "
    ]
    assert shown == [*names, *names, "route"]


@pytest.mark.parametrize(
    "line",
    [
        "  \u2013 route  no way through Traefik is asked for",
        "  ✓ health  polled, the config makes it harmless: 0 healthy, 0 unhealthy",
        "✓ boot a shadow  8.9 s",
        "  uptime  3 d",
    ],
)
def test_a_phrase_that_the_code_does_not_know_is_found(line: str) -> None:
    """The first two stood on the page for a while."""
    assert not all(is_known(phrase) for phrase in phrases(line))
