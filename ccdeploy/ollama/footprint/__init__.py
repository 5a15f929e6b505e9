"""What a model takes in memory, and what Ollama expects it to take before it loads it. Pure: asks no GPU.

The two differ, and differ by version. `resident` is what llama.cpp allocates: the weights, the keys and values of the
context, and the buffers to compute in; held against what a real one printed (tests/cases/memory). `predicted_bytes`
is Ollama's own guess, right or wrong, by which it decides whether another model has to go. A figure that is not known
makes each of them None, never smaller; `missing` names what to find out.
"""

from ccdeploy.ollama.footprint.accounts import accounted_bytes, predicted_bytes
from ccdeploy.ollama.footprint.context import Context, clamped, default_num_ctx_tokens
from ccdeploy.ollama.footprint.footprint import Footprint, missing, resident
from ccdeploy.ollama.footprint.kv import kv_cache_bytes

__all__ = [
    "Context",
    "Footprint",
    "accounted_bytes",
    "clamped",
    "default_num_ctx_tokens",
    "kv_cache_bytes",
    "missing",
    "predicted_bytes",
    "resident",
]
