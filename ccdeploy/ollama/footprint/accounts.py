"""What each era of Ollama expects a model to take before it loads it, and keeps account of while it is loaded."""

from __future__ import annotations

from ccdeploy.ollama.era import parsed
from ccdeploy.ollama.footprint.batch import DEFAULT_BATCH
from ccdeploy.ollama.footprint.context import clamped, parallel
from ccdeploy.ollama.footprint.footprint import LLAMA_SERVER_SINCE, missing, resident
from ccdeploy.ollama.footprint.layout import LEAST_CONTEXT_TOKENS, Layout, layout
from ccdeploy.ollama.footprint.prediction import server_vram_bytes
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

# Until here the estimate takes the context as it was asked for, and from here on as it is given.
GIVEN_CONTEXT_SINCE = (0, 11, 5)
# llm/memory.go, and with it the least context, is gone.
LAYOUT_SINCE = (0, 12, 11)


def predicted_bytes(model: Model, num_ctx_tokens: int, server: Server) -> int | None:
    """Return what has to be free for the model to be loaded beside others; None where something is not known.

    Since 0.30 this is compared with 80 % of what is available, before that with all of it. The surcharge for a larger
    batch is not in it: an automatic batch is only enlarged where that fits (server/sched.go:831-850).
    """
    numbers = parsed(server.version)
    if numbers is None:
        return None
    if numbers >= LLAMA_SERVER_SINCE:
        context = clamped(model, num_ctx_tokens, server)
        return server_vram_bytes(model, context.effective_tokens * parallel(model, server)) if context else None
    found = _layout(model, num_ctx_tokens, server)
    return found.model_bytes + found.reserve_bytes + server.gpu_overhead_bytes if found else None


def accounted_bytes(model: Model, num_ctx_tokens: int, server: Server) -> int | None:
    """Return what Ollama takes off the GPU's memory while the model is loaded; None where something is not known.

    Since 0.30 what llama.cpp says that it allocated. Before that what was estimated: until 0.12.10 with the reserve.
    """
    numbers = parsed(server.version)
    if numbers is None or numbers >= LLAMA_SERVER_SINCE:
        found = resident(model, num_ctx_tokens, server)
        return found.total_bytes if found else None
    estimated = _layout(model, num_ctx_tokens, server)
    if estimated is None:
        return None
    return estimated.model_bytes + (0 if numbers >= LAYOUT_SINCE else estimated.reserve_bytes)


def _layout(model: Model, num_ctx_tokens: int, server: Server) -> Layout | None:
    numbers = parsed(server.version) or LAYOUT_SINCE
    context = clamped(model, num_ctx_tokens, server)
    if context is None or "vocabulary" in missing(model, server):
        return None
    each = context.effective_tokens if numbers >= GIVEN_CONTEXT_SINCE else num_ctx_tokens
    tokens = each * parallel(model, server)
    if numbers < LAYOUT_SINCE:
        tokens = max(tokens, LEAST_CONTEXT_TOKENS)
    return layout(model, tokens, min(each, DEFAULT_BATCH), server.kv_cache_type)
