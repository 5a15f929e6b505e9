"""The generated table of docs/explanation/incident.md: what `plan` says of the incident's models, by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ccdeploy.litellm.config import read_config
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.operations.inventory import known
from ccdeploy.operations.plan import Basis, plan
from ccdeploy.settings import load_models
from docs.markdown import table

MODELS = Path(__file__).resolve().parents[1] / "configs" / "models.yaml"
SMALL, LARGE, LONG = "qwen-fast:latest", "qwen2.5-coder:32b-instruct", "qwen-quality-128k:latest"
# The blobs decide who is evicted where nothing else does: these are in the order of the recorded ones.
BLOBS = {SMALL: "sha256-0a7b", LARGE: "sha256-1c32", LONG: "sha256-2d32"}
ASKED = {
    "all three, 4k": ((SMALL, 4096), (LARGE, 4096), (LONG, 4096)),
    "all three, as they were": ((SMALL, 32768), (LARGE, 32768), (LONG, 131072)),
    "two, 4k": ((SMALL, 4096), (LARGE, 4096)),
    "16k and 8k, 7B first": ((SMALL, 8192), (LARGE, 16384)),
    "16k and 8k, 32B first": ((LARGE, 16384), (SMALL, 8192)),
    "two, 32k": ((SMALL, 32768), (LARGE, 32768)),
}
MEMORY_GIB = (29.8, 36, 48, 64, 96)


def loads() -> str:
    """Return the loads of an hour in which each model is asked once every 30 s, by memory and contexts."""
    there = known(load_models(MODELS.read_bytes(), "configs/models.yaml"))
    models = {name: replace(there[name], blob=blob) for name, blob in BLOBS.items()}
    models[LONG] = replace(models[LONG], train_ctx_tokens=131_072)
    rows: list[Sequence[str]] = [
        (f"{gib:g}", *(_loads(asked, models, gib) for asked in ASKED.values())) for gib in MEMORY_GIB
    ]
    return table(("GiB", *ASKED), rows)


def _loads(asked: Sequence[tuple[str, int]], models: dict[str, Model], gib: float) -> str:
    entries = "".join(
        f"  - model_name: m{n}\n    litellm_params: {{model: 'ollama_chat/{model}', num_ctx: {num_ctx}}}\n"
        for n, (model, num_ctx) in enumerate(asked)
    )
    config = read_config({"config.yaml": f"model_list:\n{entries}".encode()}, "config.yaml", "the incident")
    (phase,) = plan(config, "the incident", Basis(models, Server("0.33.0", int(gib * 2**30)))).phases
    return f"{phase.loads_per_hour:.0f}"
