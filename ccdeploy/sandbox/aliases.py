"""The aliases that a sandbox's hand-made config serves: the first deploy of the project takes none of them away."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from ccdeploy.litellm.config import read_config
from ccdeploy.litellm.promise import promise

# Three aliases for three models, as in the incident; by the names of configs/litellm/tdd-pipeline.yaml.
INCIDENT = {
    "claude-3-5-sonnet": "qwen-fast:latest",
    "claude-3-haiku": "qwen2.5-coder:32b-instruct",
    "gpt-4": "qwen-quality-128k:latest",
}


def aliases(project: Path) -> dict[str, str]:
    """Return alias -> Ollama model: the names of the project's only config, else the incident's.

    Whoever has one config means that one; a first deploy that had to be allowed to remove names
    which nobody uses would teach people to allow it.
    """
    configs = list((project / "configs" / "litellm").glob("*.yaml"))
    if len(configs) != 1:
        return INCIDENT
    name = configs[0].name
    try:
        names = promise(read_config({name: configs[0].read_bytes()}, name, name)).names
    except OSError:
        names = frozenset()
    return dict(zip(sorted(names), cycle(INCIDENT.values()), strict=False)) or INCIDENT
