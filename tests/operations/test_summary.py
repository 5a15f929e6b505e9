"""A verification in a few words, as the step that made it ends."""

from __future__ import annotations

import pytest

from ccdeploy.operations.verify import summary
from ccdeploy.results import Verification


@pytest.mark.parametrize(
    ("models", "loads", "said"),
    [
        (("coder",), 0, "1 model, 0 model loads"),
        (("coder", "fast"), 0, "2 models, 0 model loads"),
    ],
)
def test_one_is_not_several(models: tuple[str, ...], loads: int, said: str) -> None:
    """Most hosts begin with one model, and read this line twice a deploy."""
    assert summary(Verification((), len(models), 0, models, loads, "not polled")) == said
