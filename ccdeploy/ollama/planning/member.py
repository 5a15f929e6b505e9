"""One model as the traffic of a phase asks for it, and what it means that two of them are one file."""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.runner import Wish


@dataclass(frozen=True)
class Member:
    """A model with the context and the keep_alive that requests bring; `names` are the aliases that ask so.

    `num_ctx_tokens` and `keep_alive_s` are None when the requests bring none. `is_context_known` is false where
    they may bring a context, or the model's parameters name one, and nothing tells which.
    """

    names: tuple[str, ...]
    model: Model
    num_ctx_tokens: int | None = None
    keep_alive_s: float | None = None
    is_context_known: bool = True

    def wish(self, number: int = 0) -> Wish:
        """Return a request for it."""
        return Wish(number, self.model, self.num_ctx_tokens, self.keep_alive_s)
