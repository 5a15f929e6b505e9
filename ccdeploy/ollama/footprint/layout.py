"""What Ollama before 0.30 expects a model to take, layer by layer. Read at its tags, not run.

Source: EstimateGPULayers in llm/memory.go (0.9.6, 0.11.4, 0.12.10) and llamaServer.Load with createLayout in
llm/server.go (0.24.0), for models that llama.cpp runs, qwen2 among them; GraphSize in fs/ggml/ggml.go.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.footprint.batch import DEFAULT_BATCH
from ccdeploy.ollama.model import Model

MINIMUM_MEMORY_BYTES = 512 * 2**20  # of Metal: ml/device.go, MinimumMemory; a CUDA device keeps 457 MiB
LEAST_CONTEXT_TOKENS = 2_048  # llm/memory.go: what the estimate takes for less
# fs/ggml/ggml.go, kvCacheBytesPerElement: a half and a quarter of f16, without the scales that ggml keeps.
_BYTES_PER_ELEMENT = {"f16": 2.0, "": 2.0, "f32": 4.0, "q8_0": 1.0, "q4_0": 0.5}


@dataclass(frozen=True)
class Layout:
    """The parts of the need. `spare_bytes` is one layer more than there are, kept free as a buffer."""

    weights_bytes: int
    kv_bytes: int
    graph_bytes: int
    spare_bytes: int

    @property
    def model_bytes(self) -> int:
        """What the model itself is expected to take."""
        return self.weights_bytes + self.kv_bytes + self.graph_bytes

    @property
    def reserve_bytes(self) -> int:
        """What has to stay free beside it."""
        return self.spare_bytes + MINIMUM_MEMORY_BYTES


def layout(model: Model, context_tokens: int, batch_tokens: int, kv_type: str) -> Layout | None:
    """Return the layout of a model with all its layers on one GPU; None where its shape is not known.

    `context_tokens` are those of all parallel requests. The whole file counts for the weights: the table of input
    words, which Ollama leaves out, is 2 % of Qwen 2.5 with 32B.
    """
    graph = graph_bytes(model, context_tokens, min(batch_tokens, DEFAULT_BATCH))
    head_dim = model.head_dim or model.predicted_head_dim
    if graph is None or head_dim is None or model.file_bytes is None or not model.layers or model.kv_heads is None:
        return None
    element = _BYTES_PER_ELEMENT.get(kv_type.lower(), 2.0)
    kv_layer = int(context_tokens * 2 * head_dim * model.kv_heads * element)
    return Layout(model.file_bytes, kv_layer * model.layers, graph, model.file_bytes // model.layers + kv_layer)


def graph_bytes(model: Model, context_tokens: int, batch: int) -> int | None:
    """Return what is set aside to compute in: the larger of the words' step and the scores of all heads.

    The formula is that of qwen2; those of other families differ little. It knows no flash attention, so it is huge
    for a long context: 4 x batch x (1 + 2 x embedding + context + context x heads).
    """
    if model.embedding is None or model.heads is None or model.vocabulary is None:
        return None
    words = 4 * batch * (model.embedding + model.vocabulary)
    return max(words, 4 * batch * (1 + 2 * model.embedding + context_tokens + context_tokens * model.heads))
