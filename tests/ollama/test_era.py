"""By which rule an Ollama decides what fits into memory."""

from __future__ import annotations

import pytest

from ccdeploy.ollama.era import era_of, tells_contexts


@pytest.mark.parametrize(
    ("version", "era"),
    [
        ("0.9.6", 1),
        ("0.11.4", 1),
        ("0.11.5", 2),
        ("0.11.5-rc2", 2),
        ("0.24.1", 2),
        ("0.30.0", 3),
        ("0.33.0", 3),
        ("v0.30.1", 3),
        ("1.0", 3),
    ],
)
def test_the_era_of_a_version(version: str, era: int) -> None:
    """The rule changed with 0.11.5 and with 0.30; a plan for another rule is wrong."""
    found = era_of(version)
    assert found
    assert found.number == era
    assert str(found).startswith(f"era {era}: a further model fits when")


@pytest.mark.parametrize("version", ["0.0.0", "", "main-3f2a"])
def test_a_version_that_tells_nothing_has_no_era(version: str) -> None:
    """A build of one's own says 0.0.0; to guess would be to promise."""
    assert era_of(version) is None
    assert tells_contexts(version)


def test_early_versions_do_not_tell_contexts() -> None:
    """What is missing is not taken for a fault."""
    assert [tells_contexts(version) for version in ("0.9.6", "0.10.0")] == [False, True]
