"""What differs between versions of Ollama, as facts that the machine asks for.

Version 0.30 and later was recorded (the traces of tests/cases); the older ones are read from the source at
their tags and were never run against it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.era import era_of


@dataclass(frozen=True)
class Rules:
    """How the scheduler of one version behaves.

    `hits_pass`: a request for a loaded model is let in past the queue (since 0.11.5). `blocks_while_loading`:
    nothing else is scheduled while a model loads; before 0.11.5 hits on other models were.
    `compares_effective_options`: a request's context is clamped before it is compared (since 0.30).
    `compares_with_a_share`: a further model may take 80 % of what is available (since 0.30), not all of it.
    """

    hits_pass: bool
    blocks_while_loading: bool
    compares_effective_options: bool
    compares_with_a_share: bool


def rules_of(version: str) -> Rules:
    """Return the rules of a version; those of the newest for one that tells nothing."""
    era = era_of(version)
    number = era.number if era else 3
    return Rules(
        hits_pass=number > 1,
        blocks_while_loading=number > 1,
        compares_effective_options=number > 2,
        compares_with_a_share=number > 2,
    )
