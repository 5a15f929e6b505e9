"""The estimates, held against what a real llama.cpp server allocated for a real model: benchmarks/llama_buffers.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.footprint import Footprint, resident
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from docs.memory import recorded

CASE = json.loads((Path(__file__).parents[2] / "cases" / "memory" / "llama-server.json").read_text())
WITHIN = 0.05
OLLAMA = "0.33.0"


def estimate(run: dict[str, Any], **changes: Any) -> Footprint:
    """Return what we expect of that run."""
    model = Model("gemma3:270m", "b", **{**CASE["model"], **changes}, is_completion=not run["embedding"])
    server = Server(OLLAMA, None, num_parallel=run["parallel"], kv_cache_type=run["kv_type"])
    found = resident(model, run["num_ctx"], server, flash_attention=run["flash_attention"])
    assert found
    return found


def named(run: dict[str, Any]) -> str:
    """Return the run in short."""
    flash = "flash" if run["flash_attention"] else "no-flash"
    return f"{run['num_ctx']}x{run['parallel']}-{run['kv_type']}-{flash}{'-embedding' if run['embedding'] else ''}"


@pytest.mark.parametrize("run", CASE["runs"], ids=named)
def test_each_part_is_within_5_percent(run: dict[str, Any]) -> None:
    """A plan that says 32 GiB where 40 are taken lets the thrashing through that it exists to stop."""
    expected, seen = estimate(run), recorded(run)
    for part in ("weights_bytes", "kv_bytes", "compute_bytes", "total_bytes"):
        assert getattr(expected, part) == pytest.approx(getattr(seen, part), rel=WITHIN), part


def test_the_recording_has_what_matters() -> None:
    """Contexts, parallel requests, cache types, flash attention: each changes the figures in a way of its own."""
    runs = CASE["runs"]
    assert {run["num_ctx"] for run in runs} == {512, 2048, 4096, 8192, 32768}
    assert {run["parallel"] for run in runs} == {1, 2}
    assert {run["kv_type"] for run in runs} == {"f16", "q8_0", "q4_0"}
    assert {run["flash_attention"] for run in runs} == {True, False}
    assert {run["batch"] for run in runs} >= {512, 1024, 2048}


def test_unknown_windows_and_widths_never_make_it_smaller() -> None:
    """What /api/show does not tell is taken for the most that it can be."""
    for run in CASE["runs"]:
        blind = estimate(run, window_tokens=None, window_layers=None, feed_forward=None)
        assert blind.kv_bytes >= recorded(run).kv_bytes * (1 - WITHIN)
        assert blind.total_bytes >= recorded(run).total_bytes * (1 - WITHIN)
