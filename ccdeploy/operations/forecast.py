"""What a deploy is told by the plan of its config: refused on thrash, warned of the rest, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, Severity, note
from ccdeploy.litellm.arrival import arrivals
from ccdeploy.ollama import answers
from ccdeploy.ollama.endpoints import VERSION
from ccdeploy.operations import lookout, verify
from ccdeploy.operations.plan import asking, plan
from ccdeploy.remote.ollama import last_start_on, server_of
from ccdeploy.verify import ask, ollama

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.plan import Basis
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts


def forecast(config: Config, basis: Basis) -> list[Finding]:
    """Return what the plan finds; what it merely notes is left to `plan`. Nothing for a config without Ollama."""
    if not _calls_ollama(config, basis):
        return []
    if not basis.models:
        message = "configs/models.yaml has no models, so whether those of the config fit into memory is not known"
        return [note("plan-unknown", config.where(), message, asking(basis.host))]
    found = plan(config, config.shown_as, basis).findings
    return [finding for finding in found if finding.severity is not Severity.NOTE]


def judge_memory(work: Work, facts: Facts, config: Config, basis: Basis) -> list[Finding]:
    """Return the same by what the host tells: its environment, the version of Ollama, the memory of its log, Traefik.

    The log is read only where the settings do not say how much memory there is.
    """
    basis = replace(basis, env={name: secret.reveal() for name, secret in facts.env.values.items()})
    if not _calls_ollama(config, basis):
        return []
    ours = lookout.services_of(work)
    mirrors = list(lookout.judge_mirrors(work.host, ours))
    if not basis.models:
        return [*mirrors, *forecast(config, basis)]
    url = basis.url or ollama.most_asked(config, facts.env.values)
    found = last_start_on(work.transport, work.host, url) if basis.server.gpu_total_bytes is None else None
    version = found.start.version if found else None
    server = server_of(work.host, found, version or _version(work, url) or basis.server.version)
    basis = replace(basis, server=server, url=url, poll_s=lookout.poll_s(ours, config))
    return [*mirrors, *forecast(config, basis)]


def _calls_ollama(config: Config, basis: Basis) -> bool:
    names = dict.fromkeys(deployment.alias for deployment in config.deployments)
    return any(arrivals(config, name, basis.env) for name in names)


def _version(work: Work, url: str | None) -> str | None:
    """Return which Ollama answers there; None when none does: then the newest is reckoned with."""
    found = verify.place(url) if url else None
    if found is None:
        return None
    address, port = found
    with work.transport.http(port, address) as client:
        body = ask.body(client, VERSION)
    try:
        return answers.version(body) if body is not None else None
    except ValueError:
        return None
