"""Whether a loaded model serves a request as it is, or is loaded anew.

Source: Ollama 0.33, server/sched.go:1381-1431, needsReload.
"""

from __future__ import annotations

from ccdeploy.ollama.footprint import default_num_ctx_tokens
from ccdeploy.ollama.scheduler.rules import Rules
from ccdeploy.ollama.scheduler.runner import Runner, Wish
from ccdeploy.ollama.server import Server

LEAST_NUM_CTX = 4  # server/sched.go:170-177


def wanted_num_ctx(wish: Wish, server: Server) -> int:
    """Return the context that a request asks for, unclamped (2.1): its own, its model's, the server's."""
    own = wish.num_ctx_tokens if wish.num_ctx_tokens is not None else wish.model.num_ctx_tokens
    if own is None:
        own = default_num_ctx_tokens(server) or server.default_num_ctx_tokens
    return max(own, LEAST_NUM_CTX)


def is_num_ctx_auto(wish: Wish, server: Server) -> bool:
    """Whether nobody named a context (2.2): the tier of the memory decides."""
    return wish.num_ctx_tokens is None and wish.model.num_ctx_tokens is None and not server.context_length_tokens


def needs_reload(runner: Runner, wish: Wish, server: Server, rules: Rules) -> bool:
    """Whether the request wants other options than the model was loaded with (3).

    Of the options that are compared only the context can differ here. Before 0.30 it is compared as it was
    asked for: 131072 is another one than 32768 for a model that was trained for 32768.
    """
    wanted = wanted_num_ctx(wish, server)
    if not rules.compares_effective_options:
        return wanted != runner.num_ctx_tokens
    if runner.is_num_ctx_auto and is_num_ctx_auto(wish, server):
        return False
    return wish.model.clamped(wanted) != runner.num_ctx_tokens
