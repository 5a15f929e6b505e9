"""How a request for an alias arrives at Ollama: which model, and what of num_ctx and keep_alive gets there.

By the prefix of the provider: `ollama_chat/` carries both. `ollama/` carries num_ctx; its keep_alive stands
where Ollama does not look, but for embeddings. `openai/` and its kind, which speak to Ollama's /v1, carry neither.
Seen with LiteLLM 1.108.7; tests/cases/arrival has what a real one sent.

A client that sends num_ctx or keep_alive itself overrides the config, and no config tells whether one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import OLLAMA_PROVIDERS, OPENAI_PROVIDERS, Deployment, env_name
from ccdeploy.litellm.lint_models import is_keep_alive
from ccdeploy.litellm.routing import routed

OLLAMA_API_BASE = "OLLAMA_API_BASE"  # LiteLLM's own variable, for deployments of Ollama without an api_base
DEFAULT_API_BASE = "http://localhost:11434"


class Absence(StrEnum):
    """Why a request arrives without a value."""

    NOT_SET = "not-set"  # the config names none, or has it dropped
    NOT_CARRIED = "not-carried"  # the config names one, and the prefix takes it nowhere
    NOT_RESOLVED = "not-resolved"  # os.environ/NAME, and the environment is not known or has no NAME
    REFUSED = "refused"  # Ollama answers 400 to it, and loads nothing


@dataclass(frozen=True)
class Arrival:
    """A request for `alias` as Ollama gets it from one deployment; `where` is that one's file and line.

    Each value is None with the reason beside it. `api_base` is None when it is not resolved. Under a provider
    of OPENAI_PROVIDERS only the address tells whether it is Ollama that listens there.
    """

    alias: str
    provider: str
    model: str
    api_base: str | None
    num_ctx_tokens: int | None
    num_ctx_absence: Absence | None
    keep_alive: int | float | str | None
    keep_alive_absence: Absence | None
    where: str


def arrivals(
    config: Config, alias: str, env: Mapping[str, str] | None = None, *, is_embedding: bool = False
) -> tuple[Arrival, ...]:
    """Return each way in which a request for `alias` may arrive; none when nothing of it goes to an Ollama.

    `env` is the environment of the proxy, None when it is not known. Several are LiteLLM's load
    balancing: which one a request takes is up to chance.
    """
    found = (_arrival(config, alias, d, env or {}, is_embedding) for d in routed(config, alias))
    return tuple(arrival for arrival in found if arrival is not None)


def _arrival(
    config: Config, alias: str, deployment: Deployment, env: Mapping[str, str], is_embedding: bool
) -> Arrival | None:
    provider = deployment.provider
    if provider is None or not _goes_to_ollama(deployment, is_embedding):
        return None
    params = _params(config, deployment)
    carries_context = provider in OLLAMA_PROVIDERS
    carries_keep_alive = provider == "ollama_chat" or (provider == "ollama" and is_embedding)
    num_ctx, num_ctx_absence = _carried(params.get("num_ctx"), env, carries_context, _is_whole)
    keep_alive, keep_alive_absence = _carried(params.get("keep_alive"), env, carries_keep_alive, is_keep_alive)
    return Arrival(
        alias=alias,
        provider=provider,
        model=deployment.bare_model,
        api_base=_api_base(config, deployment, env),
        num_ctx_tokens=None if num_ctx is None else int(num_ctx),
        num_ctx_absence=num_ctx_absence,
        keep_alive=keep_alive,
        keep_alive_absence=keep_alive_absence,
        where=deployment.where,
    )


def _goes_to_ollama(deployment: Deployment, is_embedding: bool) -> bool:
    if deployment.provider in OLLAMA_PROVIDERS:
        return deployment.provider == "ollama" or not is_embedding  # LiteLLM has no embeddings under ollama_chat/
    return deployment.provider in OPENAI_PROVIDERS and deployment.api_base is not None


def _carried(
    value: Any, env: Mapping[str, str], is_carried: bool, is_taken: Callable[[Any], bool]
) -> tuple[Any, Absence | None]:
    """Return the value that arrives, or None and why."""
    if value is None:
        return None, Absence.NOT_SET
    if not is_carried:
        return None, Absence.NOT_CARRIED
    resolved = _resolved(value, env)
    if resolved is None:
        return None, Absence.NOT_RESOLVED
    return (resolved, None) if is_taken(resolved) else (None, Absence.REFUSED)


def _is_whole(value: Any) -> bool:
    """Whether Ollama takes it as a context: a whole number, no text (api/types.go, Options.FromMap)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _api_base(config: Config, deployment: Deployment, env: Mapping[str, str]) -> str | None:
    """Return the address, or None when it is not resolved."""
    written = deployment.api_base
    if deployment.provider in OLLAMA_PROVIDERS:
        # main.py, _complete_ollama: a setting of the module comes before the deployment's own.
        everywhere = config.litellm_settings.get("api_base")
        written = everywhere if isinstance(everywhere, str) and everywhere else written
        written = written or {**env, **_of_config(config, env)}.get(OLLAMA_API_BASE, DEFAULT_API_BASE)
    resolved = _resolved(written, env)
    return resolved if isinstance(resolved, str) else None


def _resolved(value: Any, env: Mapping[str, str]) -> Any:
    name = env_name(value)
    return value if name is None else env.get(name)


def _params(config: Config, deployment: Deployment) -> dict[str, Any]:
    """Return the parameters of a request that has none: the router's defaults win over the deployment's."""
    defaults = config.router_settings.get("default_litellm_params")
    defaults = {k: v for k, v in defaults.items() if v is not None} if isinstance(defaults, dict) else {}
    params = {**deployment.params, **defaults}
    dropped = params.get("additional_drop_params")
    return {k: v for k, v in params.items() if not isinstance(dropped, list) or k not in dropped}


def _of_config(config: Config, env: Mapping[str, str]) -> dict[str, str]:
    """Return what the config itself adds to the environment: too late for its own references."""
    written = ((str(k), _resolved(v, env)) for k, v in config.section("environment_variables").items())
    return {key: str(value) for key, value in written if value is not None}
