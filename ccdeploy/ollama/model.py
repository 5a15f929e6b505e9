"""One model of Ollama: its file, and the shape that decides how much memory a context takes. Pure.

None means unknown, never zero: what cannot be reckoned without it is unknown too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """What is known of a model. Two names over one `blob` are one model to Ollama's scheduler.

    `heads` is the most that a layer has, `kv_heads` the fewest (scheduler: llm/llama_server.go, PredictServerVRAM).
    `head_dim` is what a key really takes, where the file says so (`attention.key_length`); Ollama predicts with
    `embedding` div `heads` and never asks for it.
    `resident_bytes` is what was measured in memory, `load_s` how long a load took; `num_ctx_tokens` is the context
    of the model's own parameters. `window_tokens` is how far `window_layers` of its layers look back, for a model
    that has such; `feed_forward` is the width of its widest step.
    """

    name: str
    blob: str
    file_bytes: int | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    embedding: int | None = None
    head_dim: int | None = None
    train_ctx_tokens: int | None = None
    vocabulary: int | None = None
    num_ctx_tokens: int | None = None
    load_s: float | None = None
    resident_bytes: int | None = None
    window_tokens: int | None = None
    window_layers: int | None = None
    feed_forward: int | None = None
    is_completion: bool = True  # an embedding model serves one request at a time, and its batch is not stepped

    @property
    def predicted_head_dim(self) -> int | None:
        """Return the head dimension that Ollama predicts with; `head_dim` where the embedding is not known."""
        if self.embedding is None or not self.heads:
            return self.head_dim
        return self.embedding // self.heads

    def clamped(self, num_ctx_tokens: int) -> int:
        """Return the context that a request gets: never more than the model was trained for."""
        return min(num_ctx_tokens, self.train_ctx_tokens) if self.train_ctx_tokens else num_ctx_tokens
