"""Made-up plans, with round figures that can be counted in a picture."""

from __future__ import annotations

from ccdeploy.results import PhasePlan, Plan, PlannedEviction, PlannedModel, Stay

GB = 10**9
HOSTILE = ("模型" * 20, "evil\x1b[31m\n\x9b2J" * 9, "<script>alert(1)</script>", "a" * 300, "\u202egnp", "")


def model(name: str, weights_gb: float | None, kv_gb: float = 0, compute_gb: float = 0) -> PlannedModel:
    """Return a model of known or unknown size."""
    if weights_gb is None:
        return PlannedModel(name, (f"for-{name}",), 8192, 8192, None, None, None, None, None)
    weights, kv, compute = (round(size * GB) for size in (weights_gb, kv_gb, compute_gb))
    return PlannedModel(name, (f"for-{name}",), 8192, 8192, None, weights, kv, compute, None)


FAST, CODER, LARGE = model("fast:7b", 5, 2, 1), model("coder:32b", 20, 8, 2), model("large:70b", 40, 8, 2)
UNKNOWN = model("new:1b", None)
FITS = PhasePlan(
    1, "stable", (CODER, FAST), order=("coder:32b", "fast:7b"), minimum_bytes=40 * GB, loads_per_hour=2,
    lost_s_per_hour=14, simulated_s=3600.0, stays=(Stay("coder:32b", 1, 3600, 10), Stay("fast:7b", 11, 3600, 4)),
)  # fmt: skip
EVICTED = PhasePlan(  # the coder goes at 20 min and comes back at 40 min; at 40 min the fast one goes
    2, "order-dependent", (CODER, FAST), simulated_s=3600.0,
    evictions=(PlannedEviction("fast:7b", "coder:32b", "room", "8.0 GB expected, 2.0 GB to be had"),),
    preload=("curl -d '{\"model\": \"fast:7b\"}' http://127.0.0.1:11434",),
    stays=(Stay("coder:32b", 0, 1200, 300), Stay("fast:7b", 1200, 2400, 300), Stay("coder:32b", 2400, 3600, 300)),
)  # fmt: skip


def thrashing() -> PhasePlan:
    """Return a phase in which two models take turns, each loaded 60 times an hour."""
    stays = [
        Stay(name, minute * 60 + at_s, minute * 60 + at_s + stays_s, loading_s)
        for minute in range(60)
        for name, at_s, stays_s, loading_s in (("fast:7b", 0, 12, 10), ("large:70b", 12, 48, 18))
    ]
    return PhasePlan(
        3, "thrash", (FAST, LARGE), minimum_bytes=64 * GB, loads_per_hour=120, lost_s_per_hour=1680,
        simulated_s=3600.0, stays=tuple(stays),
    )  # fmt: skip


def plan(*phases: PhasePlan, memory_gb: int | None = 40) -> Plan:
    """Return a plan of some phases."""
    memory_bytes = None if memory_gb is None else memory_gb * GB
    return Plan("tdd", memory_bytes, "--memory", "0.33.0", 30.0, 2.2e9, phases)
