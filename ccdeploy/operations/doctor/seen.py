"""What the judges of `doctor` look at, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.ollama import Found as OllamaLog
    from ccdeploy.remote.surroundings import Surroundings
    from ccdeploy.settings import Host
    from ccdeploy.traefik.services import Seen as Services
    from ccdeploy.transport.reach import Reach
    from ccdeploy.verify.ask import Door
    from ccdeploy.verify.ollama import Before

# What a judge says: findings, and sentences of what is in order.
Judged = Iterator[Finding | str]


@dataclass(frozen=True)
class OllamaSeen:
    """What one Ollama said of itself; `version` is None when it did not answer, or could not be asked at its `base`."""

    base: str
    version: str | None
    is_address: bool = True


@dataclass(frozen=True)
class TraefikSeen:
    """What could be seen of Traefik: by its API, or by its dynamic file; `fault` says why it could not."""

    version: str | None = None
    services: Services | None = None
    source: str = ""  # what was read, for messages
    fault: str | None = None


@dataclass(frozen=True)
class Seen:
    """One host, as everything that was asked shows it.

    `doors` are the ports that the host's SSH server was asked to forward to, by `address:port`.
    `before` is what is broken behind and in front of the proxy; `now` what should serve.
    """

    host: Host
    at: datetime
    facts: Facts
    around: Surroundings
    now: Candidate = field(repr=False)
    before: Before
    doors: Mapping[str, Door]
    ollamas: tuple[OllamaSeen, ...]
    traefik: TraefikSeen | None
    reach: Reach | None
    ollama_log: OllamaLog | None = None  # what the host's Ollama wrote as it started
    way: tuple[Finding, ...] = ()  # what keeps the users' way from being asked, and warnings of it

    @property
    def name(self) -> str:
        """The host's name, which is where most findings are."""
        return self.host.name

    @property
    def serves(self) -> bool:
        """Whether somebody listens on the port that serves."""
        return bool(self.facts.listeners[self.facts.slots.active])
