"""One model's time in memory, and how it ended, as far as /api/ps tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ccdeploy.clock import iso
from ccdeploy.ollama.answers import Resident
from ccdeploy.results.watch import ResidentModel

# `doubtful` is an eviction that waited for a request to end, or a keep_alive of 0: both are due at once.
Way = Literal["expired", "early", "doubtful", "evicted", "context"]

SLACK = timedelta(seconds=2)  # the clock of an answer is in whole seconds, and an answer takes its time


@dataclass(frozen=True)
class Stay:
    """A model in memory, as it was last seen. `since` is None when it was there before the first look."""

    model: Resident
    since: datetime | None
    latest_expiry: datetime | None = None  # the furthest that was seen of it
    was_due_at_once: bool = True  # at each look
    left_at: datetime | None = None
    way: Way | None = None

    @property
    def key(self) -> str:
        """What tells it from others: two names have different digests, even where they share a file."""
        return key(self.model)

    @property
    def seconds(self) -> float | None:
        """How long it was there; None when that is not known."""
        return (self.left_at - self.since).total_seconds() if self.left_at and self.since else None

    def seen(self, model: Resident, now: datetime) -> Stay:
        """Return it after one more look; `now` is by Ollama's clock."""
        until = model.expires_at
        latest = max((moment for moment in (self.latest_expiry, until) if moment), default=None)
        is_due = until is not None and until <= now + SLACK
        return replace(self, model=model, latest_expiry=latest, was_due_at_once=self.was_due_at_once and is_due)

    def left(self, at: datetime, now: datetime) -> Stay:
        """Return it when it is gone; whether it was evicted is not known yet."""
        until = self.model.expires_at
        way: Way = "expired"
        if until is not None and self.was_due_at_once:
            way = "doubtful"
        elif until is not None and (until > now + SLACK or until < (self.latest_expiry or until) - SLACK):
            way = "early"  # before its time, or its time was cut short while a request still ran
        return replace(self, left_at=at, way=way)

    def shown(self, now: datetime) -> ResidentModel:
        """Return it as a result."""
        model, until = self.model, self.model.expires_at
        return ResidentModel(
            name=model.name,
            digest=model.digest,
            size_bytes=model.size_bytes,
            size_vram_bytes=model.size_vram_bytes,
            num_ctx_tokens=model.num_ctx_tokens,
            since=iso(self.since) if self.since else None,
            expires_at=iso(until) if until else None,
            expires_in_s=round((until - now).total_seconds(), 1) if until else None,
        )


def key(model: Resident) -> str:
    """Return what a model is told by."""
    return model.digest or model.name


def is_split(model: Resident) -> bool:
    """Whether a part of it runs on the CPU."""
    return model.size_vram_bytes < model.size_bytes


def has_flipped(old: Resident, new: Resident) -> bool:
    """Whether a model was loaded with another context between two looks."""
    return None not in (old.num_ctx_tokens, new.num_ctx_tokens) and old.num_ctx_tokens != new.num_ctx_tokens
