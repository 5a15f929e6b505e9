"""Whether one more model may be loaded beside those that are there (8.3 to 8.8).

Source: Ollama 0.33, server/sched.go:543-561, 802-950.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ccdeploy.ollama.era import NEWEST, parsed
from ccdeploy.ollama.footprint import accounted_bytes, predicted_bytes
from ccdeploy.ollama.footprint.batch import FIT_PERCENT
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.rules import rules_of
from ccdeploy.ollama.scheduler.runner import Runner
from ccdeploy.ollama.server import Server
from ccdeploy.units import human_bytes

ALL_PERCENT = 100  # before 0.30 a model may take all that is free, less a reserve that is in the prediction


@dataclass(frozen=True)
class Fit:
    """What a model is expected to take, what is available for it, and how much of that it may take."""

    predicted_bytes: int
    available_bytes: int
    percent: int

    @property
    def threshold_bytes(self) -> int:
        """The most that it may take: whole bytes, rounded down."""
        return self.available_bytes * self.percent // 100

    @property
    def is_good(self) -> bool:
        """Whether nothing has to go for it. Exactly the threshold fits."""
        return self.predicted_bytes <= self.threshold_bytes

    def __str__(self) -> str:
        return f"{human_bytes(self.predicted_bytes)} expected, {human_bytes(self.threshold_bytes)} to be had"


class Memory:
    """The memory of one server, as its scheduler reckons with it. What is not known of a model counts nothing.

    One whose trained context is not known takes the context that is asked for, and a version that tells nothing is
    the newest.
    """

    def __init__(self, server: Server) -> None:
        self.server = server if parsed(server.version) else replace(server, version=NEWEST)
        self.percent = FIT_PERCENT if rules_of(server.version).compares_with_a_share else ALL_PERCENT

    def fit(self, model: Model, num_ctx_tokens: int, runners: Iterable[Runner]) -> Fit:
        """Return what the model would take beside the loaded ones, and what there is."""
        return Fit(self.predicted_bytes(model, num_ctx_tokens), available_bytes(self.server, runners), self.percent)

    def predicted_bytes(self, model: Model, num_ctx_tokens: int) -> int:
        """Return what the model is expected to take (8.3); its file alone, where its shape is not known."""
        expected = predicted_bytes(_trained(model, num_ctx_tokens), num_ctx_tokens, self.server)
        return (model.file_bytes or 0) if expected is None else expected

    def vram_bytes(self, model: Model, num_ctx_tokens: int) -> int:
        """Return what the model takes once it is loaded (9.3): as measured, else as estimated."""
        if model.resident_bytes is not None:
            return model.resident_bytes
        taken = accounted_bytes(_trained(model, num_ctx_tokens), num_ctx_tokens, self.server)
        return self.predicted_bytes(model, num_ctx_tokens) if taken is None else taken


def _trained(model: Model, num_ctx_tokens: int) -> Model:
    return model if model.train_ctx_tokens else replace(model, train_ctx_tokens=num_ctx_tokens)


def available_bytes(server: Server, runners: Iterable[Runner]) -> int:
    """Return what is available for a further model (8.4, 9.2), never below zero.

    The GPU's total is what was free at the start, and is not asked again; what loaded models take is taken off.
    An Apple GPU shares its memory with the system, so what the system has free is a limit too.
    """
    total = server.gpu_total_bytes or 0
    free = max(total - sum(runner.vram_bytes for runner in runners), 0)
    return min(free, server.system_free_bytes) if server.system_free_bytes else free
