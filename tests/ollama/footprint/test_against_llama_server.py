"""The estimates, held against what a real llama.cpp server allocated for a real model: benchmarks/llama_buffers.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccdeploy.ollama.footprint import Footprint, resident
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from docs.memory import FOLDER, recorded

CASES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
GEMMA = "gemma3-270m"
RUNS = [(name, run) for name, case in CASES.items() for run in case["runs"]]
WITHIN = 0.05
OLLAMA = "0.33.0"


def estimate(name: str, run: dict[str, Any], **changes: Any) -> Footprint:
    """Return what we expect of that run."""
    shape = {**CASES[name]["model"], **changes}
    server = Server(OLLAMA, None, num_parallel=run["parallel"], kv_cache_type=run["kv_type"])
    model = Model(name, "b", **shape, is_completion=not run["embedding"])
    found = resident(model, run["num_ctx"], server, flash_attention=run["flash_attention"])
    assert found
    return found


def named(value: Any) -> str:
    """Return a run in short."""
    if isinstance(value, str):
        return value
    flash = "flash" if value["flash_attention"] else "no-flash"
    kind = "-embedding" if value["embedding"] else ""
    return f"{value['num_ctx']}x{value['parallel']}-{value['kv_type']}-{flash}{kind}"


@pytest.mark.parametrize(("name", "run"), RUNS, ids=named)
def test_what_a_context_and_its_buffers_take_is_within_5_percent(name: str, run: dict[str, Any]) -> None:
    """A plan that says 32 GiB where 40 are taken lets the thrashing through that it exists to stop."""
    expected, seen = estimate(name, run), recorded(run)
    for part in ("kv_bytes", "compute_bytes"):
        assert getattr(expected, part) == pytest.approx(getattr(seen, part), rel=WITHIN), part


@pytest.mark.parametrize("run", CASES[GEMMA]["runs"], ids=named)
def test_a_whole_model_is_within_5_percent(run: dict[str, Any]) -> None:
    """With its weights; the others are hollow."""
    expected, seen = estimate(GEMMA, run), recorded(run)
    for part in ("weights_bytes", "total_bytes"):
        assert getattr(expected, part) == pytest.approx(getattr(seen, part), rel=WITHIN), part


@pytest.mark.parametrize("name", CASES)
def test_the_recordings_have_what_matters(name: str) -> None:
    """Contexts, parallel requests, cache types, flash attention: each changes the figures in a way of its own."""
    runs = CASES[name]["runs"]
    assert {run["num_ctx"] for run in runs} == {512, 2048, 4096, 8192, 32768}
    assert {run["parallel"] for run in runs} == {1, 2}
    assert {run["kv_type"] for run in runs} == {"f16", "q8_0", "q4_0"}
    assert {run["flash_attention"] for run in runs} == {True, False}
    assert {run["batch"] for run in runs} >= {512, 1024, 2048}


@pytest.mark.parametrize(("name", "run"), RUNS, ids=named)
def test_unknown_windows_and_widths_never_make_it_smaller(name: str, run: dict[str, Any]) -> None:
    """What is not told of a model is taken for the most that it can be."""
    blind, seen = estimate(name, run, window_tokens=None, window_layers=None, feed_forward=None), recorded(run)
    assert blind.kv_bytes >= seen.kv_bytes * (1 - WITHIN)
    assert blind.kv_bytes + blind.compute_bytes >= (seen.kv_bytes + seen.compute_bytes) * (1 - WITHIN)
