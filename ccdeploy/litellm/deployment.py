"""One entry of `model_list`, as values: which model answers an alias, where, and with what context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ccdeploy.litellm.known import BARE_MODELS, PROVIDERS
from ccdeploy.yamltext import Path

ENV_PREFIX = "os.environ/"
OLLAMA_PROVIDERS = ("ollama", "ollama_chat")
# Those that speak to a /v1, which may be Ollama's: it reads neither num_ctx nor keep_alive there.
OPENAI_PROVIDERS = ("openai", "text-completion-openai", "custom_openai", "openai_like", "hosted_vllm")


@dataclass(frozen=True)
class Deployment:
    """What serves one alias; several with one alias are LiteLLM's load balancing.

    `provider` is None when LiteLLM would not know it and drop the deployment. `ollama_model` is
    the name in Ollama, None for other providers. `api_base` stands as written, perhaps
    `os.environ/NAME`. `keep_alive` and `num_ctx` are None when the config does not set them.
    """

    alias: str
    model: str
    provider: str | None
    ollama_model: str | None
    api_base: str | None
    num_ctx: int | None
    keep_alive: int | float | str | None
    phases: tuple[int, ...]
    agents: tuple[str, ...]
    where: str
    path: Path = ()
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    info: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def api_base_env(self) -> str | None:
        """The environment variable that `api_base` refers to, if it does."""
        return env_name(self.api_base)

    @property
    def bare_model(self) -> str:
        """The model as the provider is asked for it, without the prefix."""
        return _without_provider(self.model)

    @property
    def is_wildcard(self) -> bool:
        """Whether the alias is a pattern such as `ollama_chat/*`."""
        return "*" in self.alias

    @property
    def is_hidden(self) -> bool:
        """Whether /v1/models leaves it out for a key of no team: it belongs to a team, or is blocked."""
        return bool(self.info.get("team_id")) or self.info.get("blocked") is True


def deployment(entry: Mapping[str, Any], path: Path, where: str) -> Deployment:
    """Return the deployment that `entry` describes; values of a wrong type are left to lint."""
    params = entry["litellm_params"]
    info = entry.get("model_info")
    info = info if isinstance(info, dict) else {}
    model = str(params["model"])
    provider = provider_of(model, params.get("custom_llm_provider"))
    num_ctx, api_base = params.get("num_ctx"), params.get("api_base")
    phases, agents = info.get("phases"), info.get("agents")
    return Deployment(
        alias=str(entry["model_name"]),
        model=model,
        provider=provider,
        ollama_model=_without_provider(model) if provider in OLLAMA_PROVIDERS else None,
        api_base=api_base if isinstance(api_base, str) else None,
        num_ctx=num_ctx if isinstance(num_ctx, int) and not isinstance(num_ctx, bool) else None,
        keep_alive=params.get("keep_alive"),
        phases=tuple(p for p in phases if isinstance(p, int)) if isinstance(phases, list) else (),
        agents=tuple(str(a) for a in agents) if isinstance(agents, list) else (),
        where=where,
        path=path,
        params=params,
        info=info,
    )


def with_model(one: Deployment, model: str) -> Deployment:
    """Return the deployment as it serves another model: what a wildcard becomes for one name."""
    provider = provider_of(model, one.params.get("custom_llm_provider"))
    ollama_model = _without_provider(model) if provider in OLLAMA_PROVIDERS else None
    return replace(one, model=model, provider=provider, ollama_model=ollama_model)


def provider_of(model: str, custom: object = None) -> str | None:
    """Return the provider that LiteLLM takes for `model`, or None when it would drop the deployment.

    Source: LiteLLM 1.106, litellm_core_utils/get_llm_provider_logic.py; the prefix is case-sensitive.
    """
    if isinstance(custom, str) and custom:
        return custom
    prefix, slash, _ = model.partition("/")
    if slash:
        return prefix if prefix in PROVIDERS else None
    if model == "*":
        return "openai"
    if model in BARE_MODELS:
        return "anthropic" if model.startswith("claude") else "openai"
    return None


def env_name(value: object) -> str | None:
    """Return NAME when `value` is `os.environ/NAME`."""
    if isinstance(value, str) and value.startswith(ENV_PREFIX):
        return value.removeprefix(ENV_PREFIX)
    return None


def _without_provider(model: str) -> str:
    prefix, slash, rest = model.partition("/")
    return rest if slash and prefix in PROVIDERS else model
