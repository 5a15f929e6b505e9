"""What a model takes: its three parts, and what is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.footprint import missing, resident
from ccdeploy.ollama.footprint.footprint import has_flash_attention
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

CASES = Path(__file__).parents[2] / "cases" / "memory"
SHAPES = json.loads((CASES / "kv-cache.json").read_text())["shapes"]
SIZES = json.loads((CASES / "weights.json").read_text())
GIB = 2**30
SERVER = Server("0.33.0", 48 * GIB)
QWEN = Model("32b", "b", file_bytes=19_851_349_856, train_ctx_tokens=32_768, vocabulary=152_064, **SHAPES["32B"])
TRACES = [json.loads(line) for line in (CASES.parent / "traces" / "incident.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("size", SIZES["files"], ids=lambda size: size["name"])
def test_the_sizes_of_files_agree_with_each_other(size: dict[str, Any]) -> None:
    """19.85 GB and 18.49 GiB are one file: whoever mixes the units is 7 % off."""
    assert size["gb"] * 1e9 / GIB == pytest.approx(size["gib"], abs=0.03)
    if "bits" in size:
        assert size["parameters"] * size["bits"] / 8 / 1e9 == pytest.approx(size["gb"], abs=0.01)


@pytest.mark.parametrize("case", SIZES["resident"])
def test_what_is_resident(case: dict[str, Any]) -> None:
    """A file of 34.8 GB takes 69 with 128k of context: the size on disk is only the beginning."""
    model = replace(
        QWEN, file_bytes=round(case["file_gb"] * 1e9), train_ctx_tokens=case["train_ctx"], **SHAPES[case["shape"]]
    )
    found = resident(model, case["num_ctx"], SERVER)
    assert found
    expected = case["gib"] * GIB if "gib" in case else case["gb"] * 1e9
    assert found.total_bytes == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace["name"])
def test_the_models_of_the_recorded_traffic(trace: dict[str, Any]) -> None:
    """Recorded sizes count the buffers of every model as 0.4 GiB; a small model's are less, so 5.1 % is the most."""
    server = Server(trace["ollama"]["version"], trace["ollama"]["gpu_total_bytes"])
    for name, known in trace["models"].items():
        shape = {key: known[key] for key in ("file_bytes", "layers", "heads", "kv_heads", "embedding")}
        (num_ctx,) = {request["num_ctx"] for request in trace["requests"] if request["model"] == name}
        found = resident(Model(name, known["blob"], train_ctx_tokens=known["train_ctx"], **shape), num_ctx, server)
        assert found
        assert found.total_bytes == pytest.approx(known["resident_bytes"], rel=0.051)


@pytest.mark.parametrize("name", ["file_bytes", "layers", "heads", "kv_heads", "embedding", "train_ctx_tokens"])
def test_an_unknown_figure_makes_it_unknown_and_is_named(name: str) -> None:
    """Null is not zero; the name says what to ask the host for."""
    nothing: dict[str, Any] = {name: None}
    model = replace(QWEN, **nothing)
    assert missing(model, SERVER) == (name,)
    assert resident(model, 4096, SERVER) is None


def test_nothing_is_missing_of_a_model_that_is_known() -> None:
    """The vocabulary only matters where every token has an output: before 0.30.5, and to an embedding model."""
    assert missing(QWEN, SERVER) == ()
    wordless = replace(QWEN, vocabulary=None)
    assert missing(wordless, SERVER) == ()
    assert missing(wordless, replace(SERVER, version="0.24.0")) == ("vocabulary",)
    assert missing(replace(wordless, is_completion=False), SERVER) == ("vocabulary",)


def test_an_unknown_server_is_named_too() -> None:
    """A build of one's own tells no version, and a mistyped cache type is none."""
    odd = replace(SERVER, version="0.0.0", kv_cache_type="q9")
    assert missing(QWEN, odd) == ("version", "kv_cache_type")
    assert resident(QWEN, 4096, odd) is None


def test_a_quantised_cache_takes_half() -> None:
    """What an owner gains by OLLAMA_KV_CACHE_TYPE=q8_0, once the model is loaded."""
    plain, quantised = (resident(QWEN, 32_768, replace(SERVER, kv_cache_type=kind)) for kind in ("f16", "q8_0"))
    assert plain
    assert quantised
    assert quantised.kv_bytes / plain.kv_bytes == 1.0625 / 2


def test_without_flash_attention_a_long_context_costs_gigabytes() -> None:
    """The scores of all heads over the whole context, for each token of the batch."""
    on, off = (resident(QWEN, 32_768, SERVER, flash_attention=flash) for flash in (True, False))
    assert on
    assert off
    assert off.compute_bytes - on.compute_bytes > 4 * GIB


def test_flash_attention_by_version() -> None:
    """Automatic since 0.13.4; before that only a quantised cache says that somebody turned it on."""
    assert has_flash_attention(SERVER)
    assert has_flash_attention(replace(SERVER, version="0.13.4"))
    assert not has_flash_attention(replace(SERVER, version="0.13.3"))
    assert has_flash_attention(replace(SERVER, version="0.13.3", kv_cache_type="q8_0"))
