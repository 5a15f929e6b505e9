"""What a judge said, taken apart; and a host to look at, changed in one part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ccdeploy.findings import Finding
from ccdeploy.operations.doctor.seen import Seen


@dataclass(frozen=True)
class Said:
    """The findings of a judge, and its sentences of what is in order."""

    findings: tuple[Finding, ...]
    in_order: tuple[str, ...]

    @property
    def codes(self) -> list[str]:
        """The codes of the findings."""
        return [finding.code for finding in self.findings]

    @property
    def only(self) -> Finding:
        """The one finding; it has a remedy."""
        (finding,) = self.findings
        assert finding.hint
        return finding


def heard(words: Iterable[Finding | str]) -> Said:
    """Return what a judge said."""
    said = list(words)
    return Said(
        tuple(word for word in said if isinstance(word, Finding)), tuple(word for word in said if isinstance(word, str))
    )


def around(seen: Seen, **more: Any) -> Seen:
    """Return the host with other surroundings."""
    return replace(seen, around=replace(seen.around, **more))


def facts(seen: Seen, **more: Any) -> Seen:
    """Return the host with other facts."""
    return replace(seen, facts=replace(seen.facts, **more))


def settings(seen: Seen, **more: Any) -> Seen:
    """Return the host with other settings."""
    return replace(seen, host=seen.host.model_copy(update=more))
