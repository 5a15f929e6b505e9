"""What a page shows in place of what is there: names for ports and folders; and what varies from run to run. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ID = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{4}\b")
# From run to run these differ, and say nothing of what happened.
_VARIES = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "TIME"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|min|h)\b"), "TOOK"),
    (re.compile(r"\b(pid|process) +\[?\d+\]?"), r"\1 N"),
    (re.compile(r"\b(port |127\.0\.0\.1:)\d{5}\b"), r"\1N"),
    (re.compile(r"\b\d+(?:\.\d+)? [KMG]?B\b"), "SIZE"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\n[ \t]+"), " "),  # where a line is broken depends on how long a folder's name is
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" $", re.M), ""),
)


@dataclass
class Names:
    """`shown` maps what a page shows to what is there. Ids of releases are learned while a story is told."""

    shown: Mapping[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def as_run(self, command: str) -> str:
        """Return a command of a page as it can be run here."""
        return _replaced(command, {**self.shown, **self.ids})

    def as_shown(self, output: str) -> str:
        """Return what was printed as a page shows it."""
        return _replaced(output, {real: name for name, real in self.shown.items()})

    def as_typed(self, command: str) -> str:
        """Return a command of a page with the ids of the releases that were made here."""
        return _replaced(command, self.ids)

    def learn(self, shown: str, printed: str) -> None:
        """Learn which release that a page names is which of those here, by the order in which they appear."""
        old = [found for found in dict.fromkeys(_ID.findall(shown)) if found not in self.ids]
        known = set(self.ids.values())
        new = [found for found in dict.fromkeys(_ID.findall(printed)) if found not in known]
        self.ids.update(zip(old, new, strict=False))


def comparable(text: str) -> str:
    """Return a text without what differs from run to run; releases are numbered in the order in which they appear."""
    seen = {found: f"RELEASE-{number}" for number, found in enumerate(dict.fromkeys(_ID.findall(text)), 1)}
    text = _ID.sub(lambda match: seen[match[0]], text)
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text.strip()


def _replaced(text: str, by: Mapping[str, str]) -> str:
    if not by:
        return text
    longest_first = "|".join(re.escape(name) for name in sorted(by, key=len, reverse=True))
    # A port is a number of its own, not some digits of a longer one.
    return re.sub(rf"(?<!\d)(?:{longest_first})(?!\d)", lambda match: by[match[0]], text)
