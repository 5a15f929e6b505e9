"""The scheduler's account of the memory, which says in the log what it finds, where Ollama's own does."""

from __future__ import annotations

from collections.abc import Iterable

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.fit import Fit, Memory
from ccdeploy.ollama.scheduler.runner import Runner
from ccdeploy.ollama.server import Server
from ccdeploy.sandbox.ollama.log import Log


class LoggedMemory(Memory):
    """Memory that logs each comparison of a further model with what is available."""

    def __init__(self, server: Server, log: Log) -> None:
        super().__init__(server)
        self._log = log

    def fit(self, model: Model, num_ctx_tokens: int, runners: Iterable[Runner]) -> Fit:
        """Return what the model would take beside the loaded ones, and what there is."""
        there = tuple(runners)
        found = super().fit(model, num_ctx_tokens, there)
        if there:
            self._log.compared(found, model.clamped(num_ctx_tokens))
        return found
