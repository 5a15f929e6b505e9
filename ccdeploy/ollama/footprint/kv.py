"""The cache of keys and values: what a context takes.

Source: llama.cpp b11434, src/llama-kv-cache.cpp and src/llama-kv-cache-iswa.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.model import Model

F16 = "f16"
# Bits of an element. ggml packs 32 elements into a block with their scale: 34 bytes a block of q8_0, 18 of q4_0.
# Source: llama.cpp b11434, ggml/src/ggml-common.h (block_q8_0, block_q4_0, ...); which are taken: common/arg.cpp.
_BITS = {
    "f32": 32.0,
    "f16": 16.0,
    "bf16": 16.0,
    "q8_0": 34 * 8 / 32,
    "q5_1": 24 * 8 / 32,
    "q5_0": 22 * 8 / 32,
    "q4_1": 20 * 8 / 32,
    "q4_0": 18 * 8 / 32,
    "iq4_nl": 18 * 8 / 32,
}
CELLS_PADDED_TO = 256  # src/llama-context.cpp: n_ctx, and the share of each sequence


@dataclass(frozen=True)
class Cells:
    """The tokens that each layer keeps for one sequence: of all its context, or of a window that slides over it."""

    whole: int
    window: int


def bytes_per_element(kv_type: str) -> float | None:
    """Return the bytes of one key or value: f16 2, q8_0 1.0625, q4_0 0.5625. None for a type that is not known."""
    bits = _BITS.get(kv_type.lower() or F16)
    return None if bits is None else bits / 8


def cells(model: Model, num_ctx_tokens: int, batch: int) -> Cells:
    """Return the cells of a sequence, in full layers and in those with a sliding window, if the model has any.

    A window keeps as many tokens as it is wide and a batch more, but never more than the context.
    """
    whole = _padded(num_ctx_tokens)
    if not model.window_tokens:
        return Cells(whole, 0)
    return Cells(whole, min(whole, _padded(model.window_tokens + batch)))


def kv_cache_bytes(
    model: Model, num_ctx_tokens: int, parallel: int = 1, kv_type: str = F16, batch: int = 512
) -> int | None:
    """Return the bytes of the keys and values of `parallel` requests, `num_ctx_tokens` each.

    2 x kv_heads x head_dim x (context x parallel) x bytes per element, for each layer. A layer with a sliding window
    keeps its window only; a model whose windows are not known counts as one without, which is the most it can take.
    """
    head_dim = model.head_dim or model.predicted_head_dim
    element = bytes_per_element(kv_type)
    if model.layers is None or model.kv_heads is None or head_dim is None or element is None:
        return None
    kept, windowed = cells(model, num_ctx_tokens, batch), model.window_layers or 0
    tokens = (model.layers - windowed) * kept.whole + windowed * kept.window
    return round(2 * model.kv_heads * head_dim * tokens * parallel * element)


def _padded(tokens: int) -> int:
    return -(-tokens // CELLS_PADDED_TO) * CELLS_PADDED_TO
