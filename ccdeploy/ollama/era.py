"""Which of its three rules an Ollama decides by whether a further model fits into memory. Source: server/sched.go.

The rule changed with 0.11.5 (whole layouts) and with 0.30 (a prediction); what a version needs of
memory can only be told with its own rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_UNRELEASED = (0, 0, 0)  # what a build of one's own says
NEWEST = "0.33.0"  # whose rules hold where nobody says which version there is
TELLS_CONTEXTS_SINCE = (0, 10, 0)  # before that, /api/ps did not say with how much context a model is loaded


@dataclass(frozen=True)
class Era:
    """A time in which Ollama kept to one rule: from which version on, and what the rule is."""

    number: int
    since: tuple[int, int, int]
    rule: str

    def __str__(self) -> str:
        return f"era {self.number}: {self.rule}"


ERAS = (
    Era(1, (0, 0, 1), "a further model fits when its estimated layers do, in what is free"),
    Era(2, (0, 11, 5), "a further model fits when its whole layout does, in what is free; else one is evicted"),
    Era(3, (0, 30, 0), "a further model fits when it should take at most 80 % of what is free; else one is evicted"),
)


def parsed(version: str) -> tuple[int, int, int] | None:
    """Return a version as numbers; None for one that tells nothing, such as the 0.0.0 of a build of one's own."""
    found = _VERSION.match(version.strip())
    numbers = (int(found[1]), int(found[2]), int(found[3] or 0)) if found else _UNRELEASED
    return None if numbers == _UNRELEASED else numbers


def era_of(version: str) -> Era | None:
    """Return the era of a version; None when it is not known."""
    numbers = parsed(version)
    return None if numbers is None else next(era for era in reversed(ERAS) if numbers >= era.since)


def tells_contexts(version: str) -> bool:
    """Whether /api/ps tells the context of a resident model; yes for a version that is not known."""
    numbers = parsed(version)
    return numbers is None or numbers >= TELLS_CONTEXTS_SINCE
