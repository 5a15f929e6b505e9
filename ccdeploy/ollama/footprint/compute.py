"""The buffers that llama.cpp computes in: the widest step of a batch, its masks, and what it puts out.

Found from what llama.cpp b11434 printed on a CPU (tests/cases/memory) and its graphs: src/llama-graph.cpp, src/models.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.footprint.kv import Cells
from ccdeploy.ollama.model import Model

F32_BYTES = 4  # what ggml computes with, and a mask without flash attention
F16_BYTES = 2  # a mask with flash attention
INDEX_BYTES = 8  # where a value goes in the cache: without flash attention an index for each element
# A feed-forward step where its width is not known: Qwen 2.5 with 32B, among the widest (27648 of 5120).
WIDEST_FEED_FORWARD = 5.4
_REST = 5  # what is alive besides of a layer, in widths of the model


@dataclass(frozen=True)
class Pass:
    """One pass through a model: its batch, whether flash attention is on, and how many tokens it has outputs for.

    Until June 2026 llama.cpp reserved an output for each token of the batch (ggml-org/llama.cpp#23861), which an
    embedding model still needs; since then for each parallel request.
    """

    batch: int
    parallel: int
    has_flash_attention: bool
    has_all_outputs: bool


def compute_bytes(model: Model, kept: Cells, run: Pass) -> int | None:
    """Return the bytes of the compute and output buffers; None where the shape is not known.

    With flash attention that is nearly the same for each context. Without it, the scores of all heads over the whole
    context are kept for each token of the batch: gigabytes, for a long context.
    """
    if model.embedding is None or model.heads is None or (run.has_all_outputs and model.vocabulary is None):
        return None
    widest = max(_feed_forward(model, model.embedding), 0 if run.has_flash_attention else _scores(model, kept))
    logits = model.vocabulary or 0
    if run.has_all_outputs:
        widest = max(widest, logits + _REST * model.embedding)
    mask = (kept.whole + kept.window) * (F16_BYTES if run.has_flash_attention else F32_BYTES)
    each = widest * F32_BYTES + mask + (0 if run.has_flash_attention else _indices(model, kept))
    return min(run.batch, kept.whole * run.parallel) * each + logits * F32_BYTES * run.parallel


def _feed_forward(model: Model, embedding: int) -> int:
    """Return the numbers alive at the feed-forward's widest: gate, up, their product, and the rest of the layer."""
    return 3 * (model.feed_forward or round(WIDEST_FEED_FORWARD * embedding)) + _REST * embedding


def _scores(model: Model, kept: Cells) -> int:
    """Return the numbers alive while attention is computed in full: a score for each head and token, and the rest."""
    heads, head_dim = model.heads or 0, model.head_dim or model.predicted_head_dim or 0
    kv = (model.kv_heads or 0) * head_dim
    return heads * kept.whole + 4 * heads * head_dim + 2 * kv + (model.embedding or 0)


def _indices(model: Model, kept: Cells) -> int:
    caches = 2 if kept.window else 1
    return caches * INDEX_BYTES * (model.kv_heads or 0) * (model.head_dim or model.predicted_head_dim or 0)
