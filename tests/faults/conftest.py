"""The hosts of the verbs' own tests, for their worst days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ccdeploy.verify import probe as downtime
from tests.support import probe
from tests.support.hosts import green, host, line, studio

pytest.register_assert_rewrite("tests.faults.course")  # its assertions are shared

__all__ = ["green", "host", "line", "studio"]


@pytest.fixture(autouse=True, scope="package")
def _unhurried() -> Iterator[None]:
    """These hosts are asked a little less often, by the tests and by ccdeploy: they are many, and side by side."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "EVERY_S", 0.05)
        patch.setattr(downtime, "EVERY_S", 0.2)
        yield
