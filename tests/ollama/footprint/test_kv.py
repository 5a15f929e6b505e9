"""The cache of keys and values, which for a long context is larger than the weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.footprint.kv import bytes_per_element, kv_cache_bytes
from ccdeploy.ollama.model import Model

TABLE = json.loads((Path(__file__).parents[2] / "cases" / "memory" / "kv-cache.json").read_text())
CELLS = [
    (row["shape"], row["kv_type"], tokens, gib)
    for row in TABLE["rows"]
    for tokens, gib in zip(TABLE["contexts"], row["gib"], strict=True)
]
GEMMA = Model("gemma3:270m", "b", layers=18, heads=4, kv_heads=1, embedding=640, head_dim=256)


@pytest.mark.parametrize(("shape", "kv_type", "tokens", "gib"), CELLS)
def test_each_cell_of_the_table(shape: str, kv_type: str, tokens: int, gib: float) -> None:
    """The figures that people look up, and that a plan is believed by."""
    found = kv_cache_bytes(Model(shape, "b", **TABLE["shapes"][shape]), tokens, kv_type=kv_type)
    assert found is not None
    assert abs(found / 2**30 - gib) <= 0.0051


def test_each_parallel_request_has_a_whole_context() -> None:
    """OLLAMA_NUM_PARALLEL 4 takes four times the memory: the most common surprise."""
    model = Model("m", "b", **TABLE["shapes"]["7B"])
    one = kv_cache_bytes(model, 8192)
    assert one
    assert kv_cache_bytes(model, 8192, parallel=4) == 4 * one


def test_the_true_head_dimension_counts() -> None:
    """Gemma's heads are wider than its embedding divided by their number: 256, not 160."""
    assert kv_cache_bytes(GEMMA, 4096) == 2 * 18 * 1 * 256 * 4096 * 2


def test_a_sliding_window_keeps_no_more_than_its_window() -> None:
    """Counted in full, such a model would seem to need several times what it takes."""
    sliding = replace(GEMMA, window_tokens=512, window_layers=15)
    assert kv_cache_bytes(sliding, 8192, batch=1024) == 2 * 256 * 2 * (3 * 8192 + 15 * 1536)
    assert kv_cache_bytes(sliding, 512) == kv_cache_bytes(GEMMA, 512)


def test_a_short_context_is_padded() -> None:
    """llama.cpp keeps cells by the 256."""
    assert kv_cache_bytes(GEMMA, 100) == kv_cache_bytes(GEMMA, 256)


@pytest.mark.parametrize("shape", [{"layers": None}, {"kv_heads": None}, {"head_dim": None, "embedding": None}])
def test_an_unknown_figure_makes_it_unknown(shape: dict[str, Any]) -> None:
    """Zero would say that it fits."""
    assert kv_cache_bytes(replace(GEMMA, **shape), 4096) is None


def test_a_type_that_ggml_does_not_know_is_unknown() -> None:
    """A typing mistake in OLLAMA_KV_CACHE_TYPE is not taken for f16; nothing set is."""
    assert bytes_per_element("q9_9") is None
    assert bytes_per_element("") == 2
    assert kv_cache_bytes(GEMMA, 4096, kv_type="q9_9") is None
