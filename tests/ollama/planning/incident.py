"""The incident's models and the sets of them that its tables are about."""

from __future__ import annotations

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.server import Server

GIB = 2**30
FAST = Model("qwen-fast:latest", "sha256-0a7b", 4_680_000_000, 28, 28, 4, 3584, 128, 32_768)
CODER = Model("qwen2.5-coder:32b-instruct", "sha256-1c32", 19_850_000_000, 64, 40, 8, 5120, 128, 32_768)
QUALITY = Model("qwen-quality-128k:latest", "sha256-2d32", 34_810_000_000, 64, 40, 8, 5120, 128, 131_072)


def asked(*pairs: tuple[Model, int]) -> tuple[Member, ...]:
    """Return members, each asked for with a context."""
    return tuple(Member((model.name,), model, num_ctx) for model, num_ctx in pairs)


def metal(gib: float, version: str = "0.33.0") -> Server:
    """Return an Ollama on a Mac with that much memory for models."""
    return Server(version, int(gib * GIB))


# Loads in an hour of one request for each every 30 s: tests/cases/traces/incident.jsonl, counted. By the memory in GiB;
# all three at 4k, at their full contexts; two at 4k, at 8k and 16k with the 7B first, with the 32B first, at 32k.
LOADS = {
    29.8: (360, 360, 2, 3, 2, 240),
    36: (360, 360, 2, 2, 2, 3),
    48: (182, 360, 2, 2, 2, 2),
    64: (4, 360, 2, 2, 2, 2),
    96: (3, 182, 2, 2, 2, 2),
}
