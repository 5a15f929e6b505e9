"""What a config will do to the memory of an Ollama: phase by phase, and by whom it is called besides users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccdeploy.findings import Finding

VerdictKind = Literal["stable", "order-dependent", "thrash", "unknown"]


@dataclass(frozen=True)
class PlannedModel:
    """One model as a phase asks for it. What is null is not known.

    `num_ctx_tokens` is the context that it gets, `wanted_num_ctx_tokens` the one that is asked for, null where
    nobody names one; `predicted_bytes` is what Ollama expects of it before it loads it. `keep_alive_s` is null where
    nothing sets it, and below zero for ever.
    """

    model: str
    aliases: tuple[str, ...]
    num_ctx_tokens: int | None
    wanted_num_ctx_tokens: int | None
    keep_alive_s: float | None
    weights_bytes: int | None
    kv_bytes: int | None
    compute_bytes: int | None
    predicted_bytes: int | None

    @property
    def total_bytes(self) -> int | None:
        """What it takes once it is loaded."""
        parts = (self.weights_bytes, self.kv_bytes, self.compute_bytes)
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None


@dataclass(frozen=True)
class PlannedEviction:
    """One model that has to go for another, by which rule: `room`, `cap` or `options`; `because` has the figures."""

    loads: str
    evicts: str
    rule: str
    because: str


@dataclass(frozen=True)
class Stay:
    """A time that a model is loaded, in seconds from the start of the simulated hour; `loading_s` of it it loads."""

    model: str
    from_s: float
    until_s: float
    loading_s: float


@dataclass(frozen=True)
class PhasePlan:
    """One phase: its models, and what becomes of them in the memory.

    `phase` is null for a config without phases. `order` loads all with no eviction, and `preload` are the commands
    that do so on the host, for a phase in which the order matters; `minimum_bytes` is the least
    memory with a stable verdict, null where none is enough or figures are missing; `missing` says which. Loads and
    lost seconds are those of an hour in which each alias is asked once in `every_s` of the plan; `stays` are those of
    its first `simulated_s`: whole rounds, so that may be less than the hour.
    """

    phase: int | None
    verdict: VerdictKind
    models: tuple[PlannedModel, ...]
    order: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    evictions: tuple[PlannedEviction, ...] = ()
    minimum_bytes: int | None = None
    loads_per_hour: float | None = None
    lost_s_per_hour: float | None = None
    missing: tuple[str, ...] = ()
    simulated_s: float | None = None
    stays: tuple[Stay, ...] = ()

    @property
    def total_bytes(self) -> int | None:
        """What all of them take when they are loaded together; one file counts once."""
        sizes = [model.total_bytes for model in self.models]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None


@dataclass(frozen=True)
class PlannedCaller:
    """What calls models besides users: how often, which ones, and how many loads an hour come of it alone."""

    caller: str
    every_s: float
    models: tuple[str, ...]
    loads_per_hour: float | None


@dataclass(frozen=True)
class Plan:
    """What a config will do to the memory of an Ollama.

    `memory_from` says where the figure is from. `page` is the file that a page of it was written to, if one was.
    """

    config: str
    memory_bytes: int | None
    memory_from: str
    ollama_version: str
    every_s: float
    load_bytes_per_s: float
    phases: tuple[PhasePlan, ...]
    callers: tuple[PlannedCaller, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    page: str | None = None

    @property
    def exit_code(self) -> int:
        """0, or 3 with thrash in it."""
        return 3 if any(finding.severity == "error" for finding in self.findings) else 0


@dataclass(frozen=True)
class Replays:
    """What recorded traffic leads to, as the documents that `plan --trace` prints."""

    documents: tuple[dict[str, object], ...]
    exit_code: int = 0
