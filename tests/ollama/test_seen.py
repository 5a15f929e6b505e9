"""Which loads one request caused, by what was resident before and after it."""

from __future__ import annotations

import pytest

from ccdeploy.ollama.answers import Resident
from ccdeploy.ollama.seen import Seen, seen


def held(name: str, num_ctx_tokens: int | None = 4096) -> Resident:
    """Return a resident model."""
    return Resident(name, f"digest of {name}", 1, 1, num_ctx_tokens)


A, B = held("a:latest"), held("b:latest")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((), (A,), Seen(("a:latest",))),
        ((A,), (A,), Seen(())),
        ((B,), (A,), Seen(("a:latest",), gone=("b:latest",))),
        ((held("a:latest", 8192),), (A,), Seen(("a:latest",))),
        ((A,), (A, B), Seen((), ("b:latest",))),
        ((), (), Seen(("a:latest",))),
        ((held("same-file:latest"),), (held("same-file:latest"),), Seen(())),
    ],
    ids=["loaded", "there", "evicts", "another context", "somebody else's", "gone again", "another name of the file"],
)
def test_a_load_is_what_came_with_the_request(
    before: tuple[Resident, ...], after: tuple[Resident, ...], told: Seen
) -> None:
    """What users load meanwhile is not ours, and a model under another name is no load."""
    assert seen(before, after, {"a:latest", "same-file:latest"}, was_answered=True) == told


def test_no_answer_is_no_load_unless_the_model_came() -> None:
    """A name that is not known to Ollama loads nothing."""
    assert seen((), (), {"a:latest"}, was_answered=False) == Seen(())
    assert seen((), (A,), {"a:latest"}, was_answered=False) == Seen(("a:latest",))


def test_a_keep_alive_of_0_is_a_load_a_request() -> None:
    """It may still be shown while it goes."""
    assert seen((A,), (A,), {"a:latest"}, was_answered=True, goes_at_once=True) == Seen(("a:latest",))


def test_what_ollama_did_not_tell_is_not_none() -> None:
    """Zero would be a claim."""
    assert seen(None, (A,), {"a:latest"}, was_answered=True) is None
    assert seen((A,), None, {"a:latest"}, was_answered=True) is None
