"""Whether one more model may be loaded beside those that are there (8.3 to 8.8).

Source: Ollama 0.33, server/sched.go:543-561, 802-950.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.runner import Runner
from ccdeploy.ollama.server import Server

LARGEST_PERCENT = 80  # server/sched.go:547: what a further model may take of what is available
_F16_BYTES = 2  # whatever OLLAMA_KV_CACHE_TYPE says: llm/llama_server.go:2681


@dataclass(frozen=True)
class Fit:
    """What a model would take, and what there is for it."""

    predicted_bytes: int
    available_bytes: int

    @property
    def threshold_bytes(self) -> int:
        """The most that it may take: whole bytes, rounded down."""
        return self.available_bytes * LARGEST_PERCENT // 100

    @property
    def is_good(self) -> bool:
        """Whether nothing has to go for it. Exactly the threshold fits."""
        return self.predicted_bytes <= self.threshold_bytes

    def __str__(self) -> str:
        return f"{self.predicted_bytes} of {self.threshold_bytes} bytes"


def available_bytes(server: Server, runners: Iterable[Runner]) -> int:
    """Return what is available for a further model (8.4, 9.2), never below zero.

    The GPU's total is what was free at the start, and is not asked again; what loaded models take is taken off.
    An Apple GPU shares its memory with the system, so what the system has free is a limit too.
    """
    total = server.gpu_total_bytes or 0
    free = max(total - sum(runner.vram_bytes for runner in runners), 0)
    return min(free, server.system_free_bytes) if server.system_free_bytes else free


def predicted_bytes(model: Model, num_ctx_tokens: int, parallel: int) -> int:
    """Return what Ollama expects the model to take (8.3): its file, and the keys and values of its context.

    2 x layers x kv_heads x (embedding div heads) x (context x parallel) x 2 bytes. What is unknown counts nothing.
    """
    head_dim = model.predicted_head_dim or 0
    tokens = model.clamped(num_ctx_tokens) * parallel
    return (model.file_bytes or 0) + 2 * (model.layers or 0) * (model.kv_heads or 1) * head_dim * tokens * _F16_BYTES


class Memory:
    """The memory of one server, as its scheduler reckons with it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def fit(self, model: Model, num_ctx_tokens: int, runners: Iterable[Runner]) -> Fit:
        """Return what the model would take beside the loaded ones, and what there is."""
        return Fit(predicted_bytes(model, num_ctx_tokens, self.parallel(model)), available_bytes(self.server, runners))

    def vram_bytes(self, model: Model, num_ctx_tokens: int) -> int:
        """Return what the model takes once it is loaded (9.3): as measured, else as estimated."""
        if model.resident_bytes is not None:
            return model.resident_bytes
        return predicted_bytes(model, num_ctx_tokens, self.parallel(model))

    def parallel(self, model: Model) -> int:
        """Return how many requests the model serves at once (8.1)."""
        return self.server.num_parallel if model.is_completion else 1
