"""The context that is given is not always the one that was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.ollama.footprint import Context, clamped, default_num_ctx_tokens
from ccdeploy.ollama.footprint.context import parallel
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

GIB = 2**30
MODEL = Model("qwen-128k", "b", train_ctx_tokens=32_768)


@pytest.mark.parametrize(
    ("version", "effective"), [("0.9.2", 131_072), ("0.9.3", 32_768), ("0.24.0", 32_768), ("0.33.0", 32_768)]
)
def test_128k_on_a_model_trained_for_32k_is_silently_not_128k(version: str, effective: int) -> None:
    """Ollama tells its log, and nobody else: an alias called 128k is one in name only."""
    found = clamped(MODEL, 131_072, Server(version, None))
    assert found == Context(131_072, effective)
    assert found.is_cut is (effective < 131_072)


def test_what_is_within_the_training_is_given() -> None:
    """Nothing is cut that need not be."""
    found = clamped(MODEL, 32_768, Server("0.33.0", None))
    assert found
    assert not found.is_cut


def test_an_unknown_training_is_not_a_promise() -> None:
    """Whether 128k are given is then not known, and must not be reckoned with."""
    assert clamped(replace(MODEL, train_ctx_tokens=None), 131_072, Server("0.33.0", None)) is None


@pytest.mark.parametrize(
    ("version", "total_gib", "tokens"),
    [
        ("0.6.5", 48, 2_048),
        ("0.7.0", 48, 4_096),
        ("0.15.4", 48, 4_096),
        ("0.15.5", 48, 262_144),
        ("0.33.0", 47, 262_144),
        ("0.33.0", 46.9, 32_768),
        ("0.33.0", 23, 32_768),
        ("0.33.0", 22.9, 4_096),
    ],
)
def test_the_context_of_a_request_that_names_none(version: str, total_gib: float, tokens: int) -> None:
    """An update of Ollama, or more memory, can make a context 64 times as large."""
    assert default_num_ctx_tokens(Server(version, round(total_gib * GIB))) == tokens


def test_a_default_that_depends_on_unknown_memory_is_unknown() -> None:
    """Unless it was set: OLLAMA_CONTEXT_LENGTH."""
    assert default_num_ctx_tokens(Server("0.33.0", None)) is None
    assert default_num_ctx_tokens(Server("0.33.0", None, context_length_tokens=8192)) == 8192
    assert default_num_ctx_tokens(Server("0.9.6", None)) == 4096


def test_how_many_requests_share_a_model() -> None:
    """Each has a whole context, so this multiplies the cache."""
    assert parallel(MODEL, Server("0.33.0", None, num_parallel=4)) == 4
    assert parallel(MODEL, Server("0.10.0", None, num_parallel=0)) == 1
    assert parallel(MODEL, Server("0.9.6", None, num_parallel=0)) == 2
    assert parallel(replace(MODEL, is_completion=False), Server("0.33.0", None, num_parallel=4)) == 1
