"""The Ollama of a host as it is now: its settings, the models that count here, and which of them are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.ollama.answers import Resident, normalised
from ccdeploy.ollama.server import Server
from ccdeploy.operations.inventory import seen_model
from ccdeploy.remote.ollama import last_start_on, server_of
from ccdeploy.verify import ollama
from ccdeploy.verify.inventory import take_stock

if TYPE_CHECKING:
    from ccdeploy.litellm.question import Question
    from ccdeploy.ollama.model import Model
    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.operations.work import Work
    from ccdeploy.transport.seam import HttpClient


@dataclass(frozen=True)
class HostOllama:
    """What one Ollama said. `models` are by their name in lower case; `held` is None when that is not known.

    `remote` are those that run elsewhere though they are listed here: ollama.com's.
    """

    url: str
    server: Server
    models: Mapping[str, Model] = field(default_factory=dict)
    held: tuple[Resident, ...] | None = None
    remote: frozenset[str] = frozenset()

    def model(self, name: str) -> Model | None:
        """Return what it has under a name; names compare without case, as Ollama's own do."""
        return self.models.get(normalised(name).lower())

    def names_of(self, models: Sequence[Model]) -> frozenset[str]:
        """Return every name, in lower case, of the files of some models."""
        blobs = {model.blob for model in models}
        return frozenset(name for name, model in self.models.items() if model.blob in blobs)


def url_of(work: Work, candidate: Candidate) -> str | None:
    """Return the address of the host's Ollama: that of the settings, else the one that the config names most."""
    if work.host.ollama is not None:
        return work.host.ollama.url
    return ollama.most_asked(candidate.config, candidate.env)


def host_ollama(work: Work, url: str, client: HttpClient, questions: Sequence[Question]) -> HostOllama | None:
    """Ask it; nothing here loads a model. None when nobody answers as an Ollama does."""
    held = ollama.held(client)
    names = {normalised(d.bare_model).lower() for one in questions for d in one.deployments}
    names |= {resident.name.lower() for resident in held or ()}
    try:
        stock = take_stock(client, names)
    except ValueError:
        return None
    server = server_of(work.host, last_start_on(work.transport, work.host, url), stock.version)
    models = {one.installed.name.lower(): seen_model(one) for one in stock.models}
    remote = frozenset(one.installed.name.lower() for one in stock.models if one.shown and one.shown.is_remote)
    return HostOllama(url, server, models, held, remote)
