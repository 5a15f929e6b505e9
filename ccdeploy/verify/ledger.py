"""What our own requests may have cost: every request is counted, and those that can call a model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


@dataclass
class Ledger:
    """The requests of one verification. `may_load` judges a method and a path."""

    may_load: Callable[[str, str], bool]
    requests: int = 0
    loading: list[str] = field(default_factory=list)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, client: httpx.Client, may_load: Callable[[str, str], bool] | None = None) -> httpx.Client:
        """Count everything that this client sends; another service has another judge."""
        judge = may_load or self.may_load
        folder = client.base_url.path.rstrip("/")  # a proxy may stand below a path of the public address

        def saw(request: httpx.Request) -> None:
            with self._mutex:
                self.requests += 1
                if judge(request.method, request.url.path.removeprefix(folder)):
                    self.loading.append(f"{request.method} {request.url.path}")

        hooks = client.event_hooks
        client.event_hooks = {**hooks, "request": [*hooks["request"], saw]}
        return client
