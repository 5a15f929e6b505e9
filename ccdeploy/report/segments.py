"""What a picture of a plan is drawn from: the parts of each model one after another, and the stays of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccdeploy.results import PhasePlan, Plan, PlannedModel, Stay

PARTS = ("weights", "KV", "buffers")


@dataclass(frozen=True)
class Segment:
    """A piece of the memory: of which model by its place, which of its PARTS, and where it begins and ends."""

    place: int
    kind: int
    start_bytes: int
    end_bytes: int

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return self.end_bytes - self.start_bytes


def segments(models: Sequence[PlannedModel]) -> list[Segment]:
    """Return the parts of all models whose size is known, in their order."""
    found, end = [], 0
    for place, model in enumerate(models):
        if model.total_bytes is None:
            continue
        for kind, size in enumerate((model.weights_bytes, model.kv_bytes, model.compute_bytes)):
            if size:
                found.append(Segment(place, kind, end, end + size))
                end += size
    return found


def scale_bytes(plan: Plan) -> int:
    """Return what the whole width stands for: the same for each phase, so that they can be compared."""
    drawn = (segments(phase.models) for phase in plan.phases)
    return max((plan.memory_bytes or 0, *(parts[-1].end_bytes for parts in drawn if parts)))


def stays_by_model(phase: PhasePlan) -> dict[str, list[Stay]]:
    """Return the stays of each model, in the order of the phase; one that is never loaded has none."""
    rows: dict[str, list[Stay]] = {model.model: [] for model in phase.models}
    for stay in phase.stays:
        rows.setdefault(stay.model, []).append(stay)
    return rows


def unloads(stays: Sequence[Stay], simulated_s: float) -> int:
    """Return how many of the stays ended before the time that was simulated did."""
    return sum(stay.until_s < simulated_s for stay in stays)
