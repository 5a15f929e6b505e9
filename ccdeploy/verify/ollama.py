"""The checks of the Ollama behind a proxy: is it there, and has it the models. Nothing here loads one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.ollama import answers
from ccdeploy.ollama.endpoints import PS
from ccdeploy.results import Check
from ccdeploy.verify.proxy import no_answer

if TYPE_CHECKING:
    import httpx

    from ccdeploy.litellm.config import Config
    from ccdeploy.litellm.deployment import Deployment
    from ccdeploy.ollama.answers import Resident
    from ccdeploy.secret import Secret


@dataclass(frozen=True)
class Stock:
    """What one Ollama has: names, or why that is not known."""

    base: str
    names: frozenset[str] | None
    fault: str = ""


def base_of(deployment: Deployment, env: Mapping[str, Secret]) -> str | None:
    """Return the address that a deployment names, as the proxy will resolve it."""
    base = deployment.api_base
    if deployment.api_base_env is not None:
        secret = env.get(deployment.api_base_env)
        base = secret.reveal() if secret else None
    return base.rstrip("/") if base else None


def wanted(config: Config, env: Mapping[str, Secret]) -> dict[str, frozenset[str]]:
    """Return the models that a config asks of each Ollama, by its address."""
    found: dict[str, set[str]] = {}
    for deployment in config.deployments:
        base = base_of(deployment, env)
        if deployment.ollama_model and base and not deployment.is_wildcard:
            found.setdefault(base, set()).add(answers.normalised(deployment.ollama_model))
    return {base: frozenset(names) for base, names in found.items()}


def most_asked(config: Config | None, env: Mapping[str, Secret]) -> str | None:
    """Return the Ollama that a config asks for the most models; None where it asks none, or cannot be read."""
    found = wanted(config, env) if config else {}
    return max(found, key=lambda base: len(found[base]), default=None)


def has(known: Stock, model: str) -> bool:
    """Whether an Ollama is known to have a model; names compare without case, as Ollama's own do."""
    return answers.normalised(model).lower() in {name.lower() for name in known.names or ()}


def stock(client: httpx.Client, base: str) -> Stock:
    """Ask one Ollama which models it has."""
    import httpx

    try:
        answer = client.get("/api/tags")
        if answer.status_code != 200:
            return Stock(base, None, f"/api/tags answered {answer.status_code}")
        return Stock(base, frozenset(model.name for model in answers.installed(answer.content)))
    except httpx.HTTPError as exc:
        return Stock(base, None, no_answer(exc))
    except ValueError as exc:
        return Stock(base, None, str(exc))


def residents(client: httpx.Client) -> frozenset[str] | None:
    """Return the names of the models that are loaded; None when that is not known."""
    there = held(client)
    return None if there is None else frozenset(model.name for model in there)


def held(client: httpx.Client) -> tuple[Resident, ...] | None:
    """Return the models that are loaded; None when that is not known."""
    import httpx

    try:
        answer = client.get(PS)
        return answers.residents(answer.content) if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        return None


def missing(stocks: Mapping[str, Stock], want: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the models that are asked for and that their Ollama has not; what is unknown is not missing."""
    gone: set[str] = set()
    for base, names in want.items():
        held = stocks[base].names if base in stocks else None
        if held is not None:
            gone |= {name for name in names if not has(stocks[base], name)}
    return frozenset(gone)


def checks(stocks: Mapping[str, Stock], want: Mapping[str, frozenset[str]], before: Before) -> list[Check]:
    """Return one check for each Ollama, and one for the models; what was so before the change is `known`."""
    found = []
    for base in want:
        known = stocks.get(base)
        if known is None:
            found.append(Check("ollama", "ollama", "skipped", f"{base} cannot be asked from the host"))
        elif known.names is None:
            is_known = base in before.silent
            found.append(Check("ollama", "ollama", "known" if is_known else "failed", f"{base}: {known.fault}"))
        else:
            found.append(Check("ollama", "ollama", "ok", f"{base}: {len(known.names)} models"))
    gone = missing(stocks, want)
    if gone and (new := gone - before.missing):
        pull = "; ".join(f"`ollama pull {name}`" for name in sorted(new))
        told = f"not in Ollama: {', '.join(sorted(new))}; on the host, {pull}"
        found.append(Check("ollama models", "ollama", "failed", told))
    elif gone:
        found.append(Check("ollama models", "ollama", "known", f"not in Ollama: {', '.join(sorted(gone))}"))
    elif any(s.names is not None for s in stocks.values()):
        found.append(Check("ollama models", "ollama", "ok", f"{sum(len(names) for names in want.values())} there"))
    return found


@dataclass(frozen=True)
class Before:
    """What was already broken before the change, so that the change is not blamed for it.

    `silent` are the addresses of Ollamas that did not answer, `missing` the models that were asked
    for and not there, `route` what was wrong with the way through Traefik, or None.
    """

    silent: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    route: str | None = None
