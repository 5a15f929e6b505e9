"""What is seen while an Ollama is watched: who is resident, what happened, and the alarms. One value a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Happening = Literal[
    "loaded",
    "reloaded",
    "context-changed",
    "offloaded",
    "evicted",
    "unloaded",
    "silent",
    "back",
    "calm",
    "log",
]
Rule = Literal["reappearances", "changes"]
Cause = Literal["two-models", "one-blob", "keep-alive", "memory-pressure", "unknown"]


@dataclass(frozen=True)
class ResidentModel:
    """A model in memory. `size_vram_bytes` below `size_bytes`: a part of it runs on the CPU.

    `since` is None when it was there before the watch; `num_ctx_tokens` when Ollama does not tell it
    (before 0.10). `expires_in_s` is by Ollama's own clock: below 0 it is about to go, or a request
    takes longer than its `keep_alive`; years mean for ever.
    """

    name: str
    digest: str
    size_bytes: int
    size_vram_bytes: int
    num_ctx_tokens: int | None = None
    since: str | None = None
    expires_at: str | None = None
    expires_in_s: float | None = None

    @property
    def on_cpu_bytes(self) -> int:
        """What of it is not in video memory."""
        return max(0, self.size_bytes - self.size_vram_bytes)


@dataclass(frozen=True)
class Residents:
    """Who is in memory, in the order of names; one that is still loading is not among them."""

    at: str
    models: tuple[ResidentModel, ...]
    event: Literal["resident"] = "resident"


@dataclass(frozen=True)
class WatchEvent:
    """Something that happened; `text` says it in words.

    `others` are those that left for it (`loaded`, `reloaded`), or that came in its place (`evicted`).
    `seconds` is how long it was resident (`evicted`, `unloaded`) or away (`reloaded`), or how long
    Ollama was silent (`back`).
    """

    event: Happening
    at: str
    text: str
    model: str | None = None
    digest: str | None = None
    others: tuple[str, ...] = ()
    num_ctx_tokens: int | None = None
    size_bytes: int | None = None
    size_vram_bytes: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class WatchAlarm:
    """Thrash. `models` are the one or two whose loads these are, `count` is what broke `rule` within `within_s`.

    `every_s` is the interval of the loads, None where it is not steady.
    """

    at: str
    rule: Rule
    count: int
    within_s: float
    models: tuple[str, ...]
    cause: Cause
    every_s: float | None
    text: str
    hint: str | None = None
    event: Literal["alarm"] = "alarm"


WatchLine = Residents | WatchEvent | WatchAlarm


@dataclass(frozen=True)
class Watch:
    """What a watch came to. `loads` are those that were seen, `reloads` those of them that were not the first."""

    host: str
    ollama: str
    at: str
    seconds: float
    loads: int
    reloads: int
    evictions: int
    alarms: tuple[WatchAlarm, ...]
    exit_code: int = 0
    event: Literal["ended"] = "ended"
