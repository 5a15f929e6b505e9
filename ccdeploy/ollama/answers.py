"""Ollama's answers as values: which models it has, which are resident, which version it is.

A body that cannot be read raises ValueError with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Installed:
    """A model on disk. `size_bytes` is its file size: less than what it takes in memory."""

    name: str
    digest: str
    size_bytes: int


@dataclass(frozen=True)
class Resident:
    """A model in memory. `size_vram_bytes` below `size_bytes` means that part of it runs on the CPU.

    `num_ctx_tokens` is None from an Ollama before 0.10, which does not tell. `expires_at` is when its
    keep_alive is over, by Ollama's clock: the far future for one that stays for ever.
    """

    name: str
    digest: str
    size_bytes: int
    size_vram_bytes: int
    num_ctx_tokens: int | None
    expires_at: datetime | None = None


def normalised(name: str) -> str:
    """Return the name with its tag: `qwen` and `qwen:latest` are one model."""
    last = name.rsplit("/", 1)[-1]
    return name if ":" in last else f"{name}:latest"


def canonical(name: str) -> str:
    """Return what all spellings of a model's name have in common: Ollama tells neither case nor its own registry."""
    full = normalised(name).lower().removeprefix("registry.ollama.ai/")
    return full.removeprefix("library/")


def installed(body: bytes) -> tuple[Installed, ...]:
    """Return the models of /api/tags, by name."""
    rows = (Installed(_name(row), str(row.get("digest", "")), _int(row.get("size"))) for row in _models(body, "tags"))
    return tuple(sorted(rows, key=lambda model: model.name))


def residents(body: bytes) -> tuple[Resident, ...]:
    """Return the models of /api/ps, by name. A model that is still loading is not among them."""
    rows = (
        Resident(
            name=_name(row),
            digest=str(row.get("digest", "")),
            size_bytes=_int(row.get("size")),
            size_vram_bytes=_int(row.get("size_vram")),
            num_ctx_tokens=_int(row.get("context_length")) or None,
            expires_at=_moment(row.get("expires_at")),
        )
        for row in _models(body, "ps")
    )
    return tuple(sorted(rows, key=lambda model: model.name))


def version(body: bytes) -> str:
    """Return the version of /api/version."""
    answer = json_of(body)
    found = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise ValueError("/api/version answered without a version: is it Ollama that listens there?")
    return found


def missing(wanted: Iterable[str], present: Iterable[Installed]) -> tuple[str, ...]:
    """Return the wanted models that are not on disk; names compare as Ollama does, without case."""
    have = {normalised(model.name).lower() for model in present}
    return tuple(sorted({normalised(name) for name in wanted if normalised(name).lower() not in have}))


def json_of(body: bytes) -> Any:
    """Return what a body says. Raises ValueError where it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ValueError("the answer is no JSON: is it Ollama that listens there?") from exc


def _models(body: bytes, path: str) -> list[dict[str, Any]]:
    answer = json_of(body)
    if not isinstance(answer, dict) or "models" not in answer:
        raise ValueError(f"/api/{path} answered without a list of models: is it Ollama that listens there?")
    rows = answer["models"]  # null when there is none
    return [row for row in rows or [] if isinstance(row, dict) and ("name" in row or "model" in row)]


def _name(row: dict[str, Any]) -> str:
    return normalised(str(row.get("name") or row.get("model")))


def _int(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _moment(value: Any) -> datetime | None:
    """Return a time of Go's, nanoseconds cut; None for its zero, and for what is none."""
    try:
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo and found.year > 1 else None
    except (ValueError, OverflowError):
        return None
