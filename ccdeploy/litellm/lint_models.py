"""Lint: each deployment by itself and beside the others - provider, address, context, keep_alive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from ccdeploy.findings import Finding
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import OLLAMA_PROVIDERS, OPENAI_PROVIDERS, Deployment, env_name
from ccdeploy.litellm.known import PROVIDERS
from ccdeploy.litellm.lint_rules import found
from ccdeploy.litellm.phases import are_phases
from ccdeploy.yamltext import Path

# Go's time.ParseDuration, which Ollama reads keep_alive with: https://pkg.go.dev/time#ParseDuration
_GO_DURATION = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|[-+]?0")
_AGENTS = re.compile(r"(\d+)(?:-(\d+))?")


def lint_models(config: Config) -> Iterator[Finding]:
    """Find what is wrong with the deployments."""
    if not config.deployments and not config.findings:
        yield found(config, "config-no-models", ("model_list",), "model_list is empty, so nothing would be served")
    for deployment in config.deployments:
        yield from _provider(config, deployment)
        yield from _api_base(config, deployment)
        yield from _context(config, deployment)
        yield from _keep_alive(config, deployment)
        yield from _ours(config, deployment)
    yield from _duplicates(config)
    yield from _ping_pong(config)


def _param(deployment: Deployment, key: str) -> Path:
    return (*deployment.path, "litellm_params", key)


def _provider(config: Config, deployment: Deployment) -> Iterator[Finding]:
    if deployment.provider is not None and deployment.provider in PROVIDERS:
        return
    here, alias = _param(deployment, "model"), deployment.alias
    prefix, slash, rest = deployment.model.partition("/")
    if deployment.provider is not None:
        message = f"alias '{alias}': LiteLLM knows no provider '{deployment.provider}'"
        yield found(config, "unknown-provider", _param(deployment, "custom_llm_provider"), message, _closest(prefix))
    elif slash:
        message = f"alias '{alias}': LiteLLM knows no provider '{prefix}'"
        yield found(config, "unknown-provider", here, message, _closest(prefix, f"/{rest}"))
    else:
        message = f"alias '{alias}' names no provider"
        yield found(config, "no-provider", here, message, f"write 'ollama_chat/{deployment.model}'")


def _closest(prefix: str, rest: str = "") -> str:
    close = get_close_matches(prefix.lower(), PROVIDERS, n=1, cutoff=0.6)
    if not close:
        return "for Ollama write 'ollama_chat/NAME'"
    # Under ollama/ Ollama never sees keep_alive, so that one is not worth recommending.
    return f"did you mean '{'ollama_chat' if close[0] == 'ollama' else close[0]}{rest}'?"


def _api_base(config: Config, deployment: Deployment) -> Iterator[Finding]:
    here, base = _param(deployment, "api_base"), deployment.params.get("api_base")
    # LiteLLM looks for the word anywhere in the model's name (proxy_server.py, 1.106).
    is_ollama = deployment.provider in OLLAMA_PROVIDERS or "ollama" in deployment.model
    if base is None or base == "":
        if is_ollama:
            message = f"alias '{deployment.alias}' has no api_base, so LiteLLM would start 'ollama serve' on the host"
            yield found(config, "no-api-base", here, message, "write api_base: http://127.0.0.1:11434")
    elif env_name(base) is None:
        yield from _url(config, deployment, base)


def _url(config: Config, deployment: Deployment, base: Any) -> Iterator[Finding]:
    here, alias = _param(deployment, "api_base"), deployment.alias
    parts = _split(base)
    if parts is None:
        message = f"alias '{alias}': api_base is no http URL"
        yield found(config, "bad-api-base", here, message, "write one such as http://127.0.0.1:11434")
        return
    path, port = parts
    if deployment.provider in OLLAMA_PROVIDERS and path.strip("/"):
        message = f"alias '{alias}': {deployment.provider}/ adds /api by itself, so '{path}' leads nowhere"
        yield found(config, "bad-api-base", here, message, "remove the path, or write openai/ as the provider")
    if port == 4000:
        message = f"alias '{alias}': api_base is port 4000, LiteLLM's own default"
        yield found(config, "port-4000", here, message, "Ollama listens on 11434")


def _split(base: Any) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(base if isinstance(base, str) else "")
        port = parts.port
    except ValueError:
        return None
    is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", base)
    return (parts.path, port) if is_url else None


def _context(config: Config, deployment: Deployment) -> Iterator[Finding]:
    if "num_ctx" not in deployment.params:
        return
    here, value = _param(deployment, "num_ctx"), deployment.params["num_ctx"]
    if deployment.num_ctx is None or deployment.num_ctx <= 0:
        message = f"alias '{deployment.alias}': num_ctx is {_shown(value)}; expected a whole number above zero"
        yield found(config, "num-ctx-type", here, message, "write it without quotes, such as 16384")
    if deployment.provider in OPENAI_PROVIDERS:
        message = f"alias '{deployment.alias}': num_ctx does not reach Ollama under {deployment.provider}/"
        yield found(config, "num-ctx-ignored", here, message, "write ollama_chat/ and an api_base without /v1")


def _keep_alive(config: Config, deployment: Deployment) -> Iterator[Finding]:
    if "keep_alive" not in deployment.params:
        return
    here, value = _param(deployment, "keep_alive"), deployment.params["keep_alive"]
    if not is_keep_alive(value):
        message = f"alias '{deployment.alias}': Ollama refuses keep_alive {_shown(value)}"
        yield found(
            config, "keep-alive-type", here, message, "write a number of seconds, -1, or a duration such as '30m'"
        )
    if deployment.provider == "ollama" or deployment.provider in OPENAI_PROVIDERS:
        message = f"alias '{deployment.alias}': keep_alive does not reach Ollama under {deployment.provider}/"
        yield found(config, "keep-alive-ignored", here, message, "write ollama_chat/ instead")


def is_keep_alive(value: Any) -> bool:
    """Whether Ollama takes `value` as keep_alive: a number of seconds, or a duration with a unit."""
    if isinstance(value, str):
        return bool(_GO_DURATION.fullmatch(value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _ours(config: Config, deployment: Deployment) -> Iterator[Finding]:
    phases, agents = deployment.info.get("phases"), deployment.info.get("agents")
    if "phases" in deployment.info and not are_phases(phases):
        message = f"alias '{deployment.alias}': phases is {_shown(phases)}; expected a list of whole numbers"
        yield found(config, "phases-shape", (*deployment.path, "model_info", "phases"), message, "write [1]")
    if "agents" in deployment.info and not _are_agents(agents):
        message = f"alias '{deployment.alias}': agents is {_shown(agents)}; expected a list of agents"
        yield found(config, "agents-shape", (*deployment.path, "model_info", "agents"), message, 'write ["1-10", "11"]')


def _are_agents(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    matches = [_AGENTS.fullmatch(str(agent)) for agent in value]
    return all(m is not None and int(m[1]) <= int(m[2] or m[1]) for m in matches)


def _duplicates(config: Config) -> Iterator[Finding]:
    seen: dict[str, Deployment] = {}
    for deployment in config.deployments:
        key = json.dumps([deployment.alias, deployment.params], sort_keys=True, default=str)
        if key in seen:
            message = f"alias '{deployment.alias}' is the same as at {seen[key].where}; it balances nothing"
            yield found(config, "duplicate-deployment", deployment.path, message, "remove one")
        seen.setdefault(key, deployment)


def _ping_pong(config: Config) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None], Deployment] = {}
    for deployment in config.deployments:
        if deployment.ollama_model is None or deployment.is_wildcard:
            continue
        name = deployment.ollama_model if ":" in deployment.ollama_model else f"{deployment.ollama_model}:latest"
        first = seen.setdefault((name, deployment.api_base), deployment)
        if first.num_ctx != deployment.num_ctx:
            message = (
                f"aliases '{first.alias}' and '{deployment.alias}' share {name} with num_ctx "
                f"{first.num_ctx or 'unset'} and {deployment.num_ctx or 'unset'}: each change loads it anew"
            )
            yield found(
                config, "context-ping-pong", _param(deployment, "num_ctx"), message, "give both the same num_ctx"
            )
