"""The ends of requests that Ollama's log tells of under OLLAMA_DEBUG=1: they alone name the model.

Source: Ollama 0.33, server/sched.go, `after processing request finished event`, with the runner's values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ccdeploy.ollama.log.line import fields
from ccdeploy.ollama.log.moment import moment

_MESSAGE = "after processing request finished event"
_BLOB = re.compile(r"sha256-[0-9a-f]+")
_REGISTRY = re.compile(r"^registry\.ollama\.ai/(?:library/)?")


@dataclass(frozen=True)
class Finished:
    """One end. `name` is that of the request that loaded the model: a second name for its file never shows."""

    at: datetime
    name: str
    blob: str | None
    num_ctx_tokens: int | None


def finished(line: str) -> Finished | None:
    """Return the end that a line tells of; None for any other line."""
    if _MESSAGE not in line:
        return None
    said = fields(line)
    at, name = moment(said), said.get("runner.name", "")
    if said.get("msg") != _MESSAGE or at is None or not name:
        return None
    blob, num_ctx = _BLOB.search(said.get("runner.model", "")), said.get("runner.num_ctx", "")
    is_number = num_ctx.isdecimal() and len(num_ctx) < 10
    return Finished(at, _REGISTRY.sub("", name), blob[0] if blob else None, int(num_ctx) if is_number else None)
