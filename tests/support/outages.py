"""How exactly two probes can agree on an outage: to 100 ms, and what a busy machine kept them from asking in time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ccdeploy.verify import probe as ours
from ccdeploy.verify.probe import Outages
from tests.support import probe as other
from tests.support.probe import Probe

AGREES_WITHIN_MS = 100
AT_MOST_LATE_MS = 2000

Asked = list[tuple[float, bool]]  # when each probe was sent (monotonic), and whether it was answered


def overheard(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return where from now on all stands that ccdeploy's own probes are told."""
    told: Asked = []
    genuine = Outages.seen

    def seen(self: Outages, began: float, *, is_up: bool | None) -> None:
        genuine(self, began, is_up=is_up)
        if is_up is not None:
            told.append((began, is_up))

    monkeypatch.setattr(Outages, "seen", seen)
    return told


def assert_agree(downtime_ms: int, told: Asked, probe: Probe, outages_ms: int) -> None:
    """Assert that a downtime is the one that users had; neither probe can tell more exactly than it asked."""
    asked = [(sample.sent_at, sample.fault is None) for sample in probe.samples]
    late_ms = _late_ms(told, ours.EVERY_S) + _late_ms(asked, other.EVERY_S)
    assert late_ms <= AT_MOST_LATE_MS, "the probes hardly asked: nothing is proven"
    assert abs(downtime_ms - outages_ms) <= AGREES_WITHIN_MS + late_ms


def _late_ms(asked: Asked, every_s: float) -> float:
    """Return by how much the first question that failed, and the first that did not again, came too late."""
    edges = [after[0] - before[0] for before, after in pairwise(asked) if before[1] != after[1]]
    return sum(max(0.0, spacing - every_s) for spacing in edges) * 1000
