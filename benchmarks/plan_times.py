"""How long a plan takes: a day of polls, all orders of eight models, the recorded traces. Run by hand.

    python benchmarks/plan_times.py

Each figure is the median of five runs, in milliseconds, beside what it has to stay under.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.planning.traffic import Caller, outlook
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import replay
from ccdeploy.ollama.trace import traces

CASES = Path(__file__).parents[1] / "tests" / "cases" / "traces"
GIB = 2**30
RUNS = 5


def members(count: int) -> tuple[Member, ...]:
    """Return models of 3 GiB and more, each asked for with 8k of context."""
    shape = (28, 28, 4, 3584, 128, 32_768)
    models = [Model(f"m{n}", f"sha256-{n}", (n + 3) * GIB, *shape) for n in range(count)]
    return tuple(Member((model.name,), model, 8_192) for model in models)


def day_of_polls(count: int, total_gib: float) -> int:
    """Return the loads of 24 hours of polls, one every 30 s for each model."""
    return outlook(
        Caller(members(count), 30.0, gives_up_after_s=60.0), Server("0.33.0", int(total_gib * GIB)), 86_400
    ).loads


def orders(total_gib: int, cap: int) -> str:
    """Return the verdict on eight models in every order."""
    return coexistence(members(8), Server("0.33.0", total_gib * GIB, max_loaded_models=cap)).kind


def recorded() -> int:
    """Return the events of all recorded traces."""
    texts = [(CASES / name).read_text() for name in ("incident.jsonl", "random.jsonl")]
    return sum(len(replay(trace).happenings) for text in texts for trace in traces(text))


def main() -> None:
    """Print the table."""
    rows: list[tuple[str, Callable[[], object], str]] = [
        ("24 h of 30 s polls, 2 models that thrash", lambda: day_of_polls(2, 5), "50"),
        ("24 h of 30 s polls, 3 models that stay", lambda: day_of_polls(3, 48), "50"),
        ("all orders of 8 models, 20 GiB", lambda: orders(20, 8), "1000"),
        ("all orders of 8 models, 80 GiB", lambda: orders(80, 8), "1000"),
        ("all orders of 8 models, 200 GiB", lambda: orders(200, 8), "1000"),
        ("160 recorded traces", recorded, "-"),
    ]
    for name, run, bound in rows:
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            result = run()
            times.append((time.perf_counter() - began) * 1000)
        print(f"{name:<42} {statistics.median(times):8.1f} ms   under {bound:>4}   {result}")


if __name__ == "__main__":
    main()
