"""What a plan is made for: one Ollama with its models, and the traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.ollama.era import NEWEST
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import ASSUMED_BYTES_PER_S

if TYPE_CHECKING:
    from ccdeploy.ollama.model import Model

EVERY_S = 30.0  # how often each alias is asked for, where nobody says: as in the incident


@dataclass(frozen=True)
class Basis:
    """What a plan is made for: one Ollama, its models, and the traffic. `poll_s`: somebody polls GET /health so often.

    `url` is the Ollama's: what a config sends to another one takes none of its memory. `env` is the environment of the
    proxy, None when it is not known: then only a literal api_base tells where a request goes.
    """

    models: Mapping[str, Model]
    server: Server = field(default_factory=lambda: Server(NEWEST, None))
    memory_from: str = "unknown"
    host: str = "NAME"  # as it stands in a remedy
    url: str | None = None
    every_s: float = EVERY_S
    load_bytes_per_s: float = ASSUMED_BYTES_PER_S
    poll_s: float | None = None
    env: Mapping[str, str] | None = field(default=None, repr=False)
