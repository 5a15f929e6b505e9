"""How much context a request really gets, and how many requests share a model, by Ollama's version."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.era import parsed
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server

# Ollama 0.9.3, llm/server.go, NewLlamaServer: "requested context size too large for model".
CLAMPED_SINCE = (0, 9, 3)
# Ollama 0.15.5, server/routes.go, Serve: "vram-based default context".
TIERS_SINCE = (0, 15, 5)
# envconfig/config.go: OLLAMA_CONTEXT_LENGTH is 2048 in 0.6.5 and 4096 in 0.7.0.
DEFAULT_4096_SINCE = (0, 7, 0)
# envconfig/config.go: OLLAMA_NUM_PARALLEL is 0, automatic, in 0.9.6 and 1 in 0.10.0.
ONE_AT_A_TIME_SINCE = (0, 10, 0)
AUTOMATIC_PARALLEL = 2  # Ollama 0.9.6, server/sched.go, defaultParallel; 1 where 2 do not fit


@dataclass(frozen=True)
class Context:
    """The tokens that were asked for, and those that a request gets."""

    wanted_tokens: int
    effective_tokens: int

    @property
    def is_cut(self) -> bool:
        """Whether less is given than was asked for: Ollama says so in its log, and to nobody else."""
        return self.effective_tokens < self.wanted_tokens


def clamped(model: Model, num_ctx_tokens: int, server: Server) -> Context | None:
    """Return the context that each request gets: since 0.9.3 never more than the model was trained for.

    None where that is not known: 128k of context on a model trained for 32k are 32k.
    """
    numbers = parsed(server.version)
    if numbers is not None and numbers < CLAMPED_SINCE:
        return Context(num_ctx_tokens, num_ctx_tokens)
    if model.train_ctx_tokens is None:
        return None
    return Context(num_ctx_tokens, min(num_ctx_tokens, model.train_ctx_tokens))


def default_num_ctx_tokens(server: Server) -> int | None:
    """Return the context of a request that names none, for a model whose parameters name none.

    By the memory of the GPU since 0.15.5, so None where that is not known; before that one figure for all.
    """
    numbers = parsed(server.version)
    if server.context_length_tokens:
        return server.context_length_tokens
    if numbers is not None and numbers < TIERS_SINCE:
        return 4096 if numbers >= DEFAULT_4096_SINCE else 2048
    return None if server.gpu_total_bytes is None else server.default_num_ctx_tokens


def parallel(model: Model, server: Server) -> int:
    """Return how many requests a loaded model has room for; each has a whole context.

    An embedding model takes one at a time. 0.9.6 and older, left to themselves, make room for two where two fit.
    """
    if not model.is_completion:
        return 1
    if server.num_parallel >= 1:
        return server.num_parallel
    numbers = parsed(server.version)
    return AUTOMATIC_PARALLEL if numbers is not None and numbers < ONE_AT_A_TIME_SINCE else 1
