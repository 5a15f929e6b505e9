"""A model in memory and a request for one, as the scheduler keeps them.

Source: Ollama 0.33, server/sched.go:1338-1364.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.effects import Cause, Reason


@dataclass(frozen=True)
class Wish:
    """What one request asks of the scheduler.

    `num_ctx_tokens` is None when neither the request nor anything else names a context; `keep_alive_s` None: none sent.
    """

    id: int
    model: Model
    num_ctx_tokens: int | None = None
    keep_alive_s: float | None = None


@dataclass(eq=False)
class Runner:
    """One loaded model. `users` is its reference count, `stays_s` the time that it stays once nobody uses it.

    `expires_at_s` is what /api/ps shows; `ends_at_s` is when its timer fires: None while it is used, or stays for ever.
    """

    model: Model
    num_ctx_tokens: int
    is_num_ctx_auto: bool
    vram_bytes: int
    stays_s: float
    users: int = 0
    expires_at_s: float | None = None
    ends_at_s: float | None = None
    going: Reason = field(default=Reason(Cause.KEEP_ALIVE))

    @property
    def is_idle(self) -> bool:
        """Whether nobody uses it."""
        return self.users == 0
