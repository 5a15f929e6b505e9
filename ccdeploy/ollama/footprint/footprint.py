"""What a model takes in memory once it is loaded, in its three parts."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.era import parsed
from ccdeploy.ollama.footprint.batch import DEFAULT_BATCH, automatic_batch
from ccdeploy.ollama.footprint.compute import Pass, compute_bytes
from ccdeploy.ollama.footprint.context import CLAMPED_SINCE, clamped, parallel
from ccdeploy.ollama.footprint.kv import F16, bytes_per_element, cells, kv_cache_bytes
from ccdeploy.ollama.footprint.prediction import server_vram_bytes
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

LLAMA_SERVER_SINCE = (0, 30, 0)  # before that, the batch was 512 for every context
# Ollama's llama.cpp is b9479 in 0.30.4 and b9509 in 0.30.5 (LLAMA_CPP_VERSION): the first surely with #23861.
FEW_OUTPUTS_SINCE = (0, 30, 5)
# Ollama 0.13.4, llm/server.go: flash attention is automatic, also for models that llama.cpp runs.
AUTOMATIC_FLASH_SINCE = (0, 13, 4)
EMBEDDING_BATCH = 2048  # at most the context; Ollama 0.33, llm/llama_server.go, DefaultEmbeddingNumBatch


@dataclass(frozen=True)
class Footprint:
    """Bytes of the weights, of the keys and values of the context, and of the buffers to compute in."""

    weights_bytes: int
    kv_bytes: int
    compute_bytes: int

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.weights_bytes + self.kv_bytes + self.compute_bytes


def resident(
    model: Model, num_ctx_tokens: int, server: Server, flash_attention: bool | None = None
) -> Footprint | None:
    """Return what the model takes when it is loaded with that context; None where something is not known (`missing`).

    The weights count with their whole file: llama.cpp maps it into memory. That is a little much, 2 % of Qwen 2.5
    with 32B: where the table of input words is not the one of output words, it stays out of the GPU's share.
    `flash_attention` is OLLAMA_FLASH_ATTENTION; None is not set.
    """
    context = clamped(model, num_ctx_tokens, server)
    if context is None or model.file_bytes is None or missing(model, server):
        return None
    is_flash = has_flash_attention(server) if flash_attention is None else flash_attention
    at_once = parallel(model, server)
    batch = _batch(model, context.effective_tokens, server)
    kv = kv_cache_bytes(model, context.effective_tokens, at_once, server.kv_cache_type, batch)
    run = Pass(batch, at_once, is_flash, _has_all_outputs(model, server))
    compute = compute_bytes(model, cells(model, context.effective_tokens, batch), run)
    return None if kv is None or compute is None else Footprint(model.file_bytes, kv, compute)


def missing(model: Model, server: Server) -> tuple[str, ...]:
    """Return the names of what has to be known for an estimate, and is not."""
    numbers = parsed(server.version)
    needed = {
        "version": numbers,
        "file_bytes": model.file_bytes,
        "layers": model.layers,
        "heads": model.heads,
        "kv_heads": model.kv_heads,
        "embedding": model.embedding,
        "kv_cache_type": bytes_per_element(server.kv_cache_type),
    }
    if numbers is None or numbers >= CLAMPED_SINCE:
        needed["train_ctx_tokens"] = model.train_ctx_tokens
    if _has_all_outputs(model, server):
        needed["vocabulary"] = model.vocabulary
    return tuple(name for name, value in needed.items() if value is None)


def has_flash_attention(server: Server) -> bool:
    """Whether it is on when nobody says otherwise; before 0.13.4 only where the cache is quantised, which needs it."""
    numbers = parsed(server.version)
    if numbers is None or numbers >= AUTOMATIC_FLASH_SINCE:
        return True
    return server.kv_cache_type.lower() not in ("", F16)


def _has_all_outputs(model: Model, server: Server) -> bool:
    numbers = parsed(server.version)
    return not model.is_completion or (numbers is not None and numbers < FEW_OUTPUTS_SINCE)


def _batch(model: Model, context_tokens: int, server: Server) -> int:
    """Return the batch that the model is loaded with when it is the only one."""
    numbers = parsed(server.version)
    if numbers is not None and numbers < LLAMA_SERVER_SINCE:
        return min(DEFAULT_BATCH, context_tokens)
    if not model.is_completion:
        return min(EMBEDDING_BATCH, context_tokens)
    tokens = context_tokens * parallel(model, server)
    return automatic_batch(tokens, server_vram_bytes(model, tokens) or 0, server.gpu_total_bytes or 0)
