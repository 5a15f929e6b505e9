"""What Ollama expects before a load, by era: right or wrong, it is what decides who has to go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.ollama.footprint import accounted_bytes, predicted_bytes, resident
from ccdeploy.ollama.footprint.batch import automatic_batch, surcharge_bytes
from ccdeploy.ollama.footprint.layout import graph_bytes
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

GIB, MIB = 2**30, 2**20
QWEN = Model(
    "32b", "b", file_bytes=64 * 300 * MIB, layers=64, heads=40, kv_heads=8, embedding=5120, head_dim=128,
    train_ctx_tokens=32_768, vocabulary=152_064,
)  # fmt: skip
NOW, LAYOUT, ESTIMATE, OLD = (Server(version, 48 * GIB) for version in ("0.33.0", "0.24.0", "0.12.10", "0.11.4"))
FULL_32K = 8 * GIB  # of keys and values, f16


def test_the_newest_expects_the_file_and_the_cache() -> None:
    """No buffers, no reserve: PredictServerVRAM."""
    assert predicted_bytes(QWEN, 32_768, NOW) == 64 * 300 * MIB + FULL_32K


def test_a_quantised_cache_makes_no_prediction_smaller() -> None:
    """OLLAMA_KV_CACHE_TYPE=q8_0 only shrinks what is already loaded: the trap of era 3."""
    small = replace(NOW, kv_cache_type="q8_0")
    assert predicted_bytes(QWEN, 32_768, small) == predicted_bytes(QWEN, 32_768, NOW)
    assert (accounted_bytes(QWEN, 32_768, small) or 0) < (accounted_bytes(QWEN, 32_768, NOW) or 0)


def test_the_prediction_does_not_know_the_true_heads_or_windows() -> None:
    """Gemma's heads have 256 elements; Ollama takes 640 / 4, and every layer for a full one."""
    gemma = Model(
        "g", "b", file_bytes=0, layers=18, heads=4, kv_heads=1, embedding=640, head_dim=256, train_ctx_tokens=32_768,
        window_tokens=512, window_layers=15,
    )  # fmt: skip
    assert predicted_bytes(gemma, 4096, NOW) == 2 * 18 * 160 * 4096 * 2


def test_the_prediction_is_of_the_context_that_is_given() -> None:
    """131072 on a model trained for 32768 is predicted as 32768, for each parallel request."""
    assert predicted_bytes(QWEN, 131_072, NOW) == predicted_bytes(QWEN, 32_768, NOW)
    assert predicted_bytes(QWEN, 16_384, replace(NOW, num_parallel=2)) == predicted_bytes(QWEN, 32_768, NOW)


def test_before_0_11_5_the_estimate_is_of_the_context_that_is_asked_for() -> None:
    """So a 128k alias over a 32k model threw others out for nothing."""
    assert (predicted_bytes(QWEN, 131_072, OLD) or 0) > 3 * FULL_32K
    assert predicted_bytes(QWEN, 131_072, ESTIMATE) == predicted_bytes(QWEN, 32_768, ESTIMATE)


@pytest.mark.parametrize("server", [LAYOUT, ESTIMATE, OLD], ids=lambda server: server.version)
def test_older_ones_need_a_graph_a_spare_layer_and_a_reserve(server: Server) -> None:
    """Their rule is stricter than the newest one: what fits there need not fit here, nor the other way round."""
    graph = 4 * 512 * (1 + 2 * 5120 + 32_768 + 32_768 * 40)
    spare = 300 * MIB + FULL_32K // 64
    assert graph_bytes(QWEN, 32_768, 512) == graph
    assert predicted_bytes(QWEN, 32_768, server) == 64 * 300 * MIB + FULL_32K + graph + spare + 512 * MIB
    overhead = replace(server, gpu_overhead_bytes=GIB)
    assert predicted_bytes(QWEN, 32_768, overhead) == (predicted_bytes(QWEN, 32_768, server) or 0) + GIB


def test_the_graph_of_a_short_context_is_the_step_of_the_words() -> None:
    """The vocabulary of Qwen outweighs the scores up to some 3,000 tokens."""
    assert graph_bytes(QWEN, 2048, 512) == 4 * 512 * (5120 + 152_064)


def test_a_short_context_counts_as_2048_to_the_estimate_only() -> None:
    """llm/memory.go has the floor, llm/server.go has not."""
    assert predicted_bytes(QWEN, 100, ESTIMATE) != predicted_bytes(QWEN, 100, LAYOUT)


def test_what_is_kept_account_of() -> None:
    """With the reserve until 0.12.10, without it after, and what was really allocated since 0.30."""
    taken = resident(QWEN, 32_768, NOW)
    assert taken
    assert accounted_bytes(QWEN, 32_768, NOW) == taken.total_bytes
    assert accounted_bytes(QWEN, 32_768, ESTIMATE) == predicted_bytes(QWEN, 32_768, ESTIMATE)
    reserve = 512 * MIB + 300 * MIB + FULL_32K // 64
    assert accounted_bytes(QWEN, 32_768, LAYOUT) == (predicted_bytes(QWEN, 32_768, LAYOUT) or 0) - reserve


def test_ollamas_own_bytes_per_element_leave_out_the_scales() -> None:
    """q8_0 is 1 to its estimator and 1.0625 to ggml."""
    plain, half = (predicted_bytes(QWEN, 32_768, replace(LAYOUT, kv_cache_type=kind)) for kind in ("f16", "q8_0"))
    assert (plain or 0) - (half or 0) == FULL_32K // 2 + FULL_32K // 128


@pytest.mark.parametrize("server", [NOW, LAYOUT, OLD, Server("0.0.0", None)], ids=lambda server: server.version)
def test_what_is_unknown_is_predicted_by_nobody(server: Server) -> None:
    """A plan says unknown then, and refuses nothing."""
    assert predicted_bytes(replace(QWEN, layers=None), 4096, server) is None
    assert accounted_bytes(replace(QWEN, layers=None), 4096, server) is None


@pytest.mark.parametrize(
    ("tokens", "predicted_gib", "available_gib", "batch"),
    [
        (4096, 10, 48, 512),
        (4097, 10, 48, 1024),
        (32_768, 10, 48, 1024),
        (32_769, 10, 48, 2048),
        (32_769, 28.8, 48, 2048),
        (32_769, 28.9, 48, 1024),  # over 60 %
        (32_769, 36.1, 48, 512),  # over 75 %
        (32_769, 7, 10, 1024),  # 70 % is too much for 2048, and 768 MiB more are within 80 %
        (32_769, 7.4, 10, 512),  # 768 MiB more are not
        (32_769, 99, 0, 2048),  # nothing is known of what is available
    ],
)
def test_the_batch_grows_with_the_context_as_far_as_memory_goes(
    tokens: int, predicted_gib: float, available_gib: float, batch: int
) -> None:
    """The buffers to compute in grow with the batch: server/sched.go, automaticGenerationBatch."""
    assert automatic_batch(tokens, round(predicted_gib * GIB), round(available_gib * GIB)) == batch


def test_the_surcharge_by_batch() -> None:
    """It matters for a num_batch that somebody set; an automatic one is only enlarged where it fits."""
    sizes = (256, 512, 1024, 2048, 4096)
    assert [surcharge_bytes(batch) for batch in sizes] == [0, 0, 768 * MIB, 2 * GIB, 2 * GIB]
