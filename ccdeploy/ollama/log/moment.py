"""The wall clock of a line of Ollama's log. GIN's lines name no zone, so the others' zone is left away too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def moment(said: Mapping[str, str]) -> datetime | None:
    """Return when a line was written, by the clock on the host's wall; None where it does not say."""
    try:
        return datetime.fromisoformat(said.get("time", "")).replace(tzinfo=None)
    except ValueError:
        return None
