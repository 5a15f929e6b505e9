"""What Ollama 0.30 and later expect a model to take.

Source: Ollama 0.33, llm/llama_server.go:2681, PredictServerVRAM.
"""

from __future__ import annotations

from ccdeploy.ollama.model import Model

_F16_BYTES = 2  # of an element


def server_vram_bytes(model: Model, context_tokens: int) -> int | None:
    """Return the size of the file, and 2 x layers x kv_heads x (embedding div heads) x context x 2 bytes.

    `context_tokens` are those of all parallel requests. The keys and values count as f16 whatever
    OLLAMA_KV_CACHE_TYPE says, with the fewest heads of any layer, and with a head dimension that need not be the
    model's; sliding windows and buffers do not count. It is this figure that decides, not the true one.
    """
    head_dim = model.predicted_head_dim
    if model.file_bytes is None or model.layers is None or model.kv_heads is None or head_dim is None:
        return None
    return model.file_bytes + 2 * model.layers * max(model.kv_heads, 1) * head_dim * context_tokens * _F16_BYTES
