"""One verification: its checks, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccdeploy.results.deep import Deep

Layer = Literal["process", "proxy", "ollama", "route", "model"]
CheckStatus = Literal["ok", "failed", "skipped", "known"]


@dataclass(frozen=True)
class Check:
    """One check of a verification.

    `layer` says whom to blame. `known` means that it failed before the change too, so that the
    change is not at fault.
    """

    name: str
    layer: Layer
    status: CheckStatus
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Verification:
    """What a verification saw.

    `healthy` and `unhealthy` count the aliases that can and cannot answer, as far as that is known
    without a model call; `models` are the names served. `model_loads` counts the loads that our
    own requests caused. `health` says whether `/health` was polled, and why or why not.
    `residents_changed` tells of models that came or went meanwhile, whatever the cause. `deep` is there when every
    name was asked for an answer: then `healthy` counts the names that gave one, and `model_loads` the loads that this
    cost, or may have cost where it could not be seen.
    """

    checks: tuple[Check, ...]
    healthy: int
    unhealthy: int
    models: tuple[str, ...]
    model_loads: int
    health: str
    residents_changed: str | None = None
    deep: Deep | None = None

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed and had not failed before."""
        return tuple(c for c in self.checks if c.status == "failed")

    @property
    def proxy_is_well(self) -> bool:
        """Whether the process that should serve does, as its config promises."""
        return not any(c.layer in ("process", "proxy") for c in self.failures)

    @property
    def host_is_well(self) -> bool:
        """Whether everything on the host is as it should be."""
        return all(c.layer == "route" for c in self.failures)

    @property
    def route_is_well(self) -> bool:
        """Whether the way through Traefik shows the same as the host."""
        return not any(c.layer == "route" and c.status in ("failed", "known") for c in self.checks)

    @property
    def exit_code(self) -> int:
        """0, 8 (the host) or 9 (only the route)."""
        if not self.host_is_well:
            return 8
        return 0 if self.route_is_well else 9
