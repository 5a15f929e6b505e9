"""One Ollama as its scheduler sees it: its version, its memory, and the settings of its environment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ccdeploy.ollama.keepalive import DEFAULT_S

# Source: Ollama 0.33, envconfig/config.go; server/routes.go for the tiers.
DEFAULT_MAX_QUEUE = 512
MODELS_PER_GPU = 3  # OLLAMA_MAX_LOADED_MODELS when it is 0: three for each GPU, and three without one
_GIB = 2**30
# The context of a request that names none, by the memory that there is; 0.15.5 and later.
_TIERS = ((47 * _GIB, 262_144), (23 * _GIB, 32_768), (0, 4_096))


@dataclass(frozen=True)
class Server:
    """One Ollama with one GPU (an Apple one: its memory is the system's).

    `gpu_total_bytes` is what Ollama itself says (`inference compute ... total=`); None is unknown.
    `system_free_bytes` is what the system has free for models; None where that is never the limit.
    `context_length_tokens` is OLLAMA_CONTEXT_LENGTH; 0 is by the tier.
    """

    version: str
    gpu_total_bytes: int | None
    system_free_bytes: int | None = None
    max_loaded_models: int = 0
    num_parallel: int = 1
    kv_cache_type: str = "f16"
    keep_alive_s: float = DEFAULT_S
    max_queue: int = DEFAULT_MAX_QUEUE
    context_length_tokens: int = 0
    gpu_overhead_bytes: int = 0

    @property
    def cap(self) -> int:
        """How many models may be loaded at once."""
        return self.max_loaded_models or MODELS_PER_GPU

    @property
    def default_num_ctx_tokens(self) -> int:
        """The context of a request that names none, for a model whose parameters name none.

        Source: server/routes.go:2043-2057. An unknown memory is taken for the smallest tier.
        """
        if self.context_length_tokens:
            return self.context_length_tokens
        usable = (self.gpu_total_bytes or 0) - self.gpu_overhead_bytes
        return next((tokens for least, tokens in _TIERS if usable >= least), _TIERS[-1][1])

    @property
    def each_tier(self) -> tuple[Server, ...]:
        """Itself; where its memory is not known, one for each context that it may give who names none."""
        if self.gpu_total_bytes is not None:
            return (self,)
        return tuple(replace(self, gpu_total_bytes=least + self.gpu_overhead_bytes) for least, _ in _TIERS)
