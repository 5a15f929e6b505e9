"""LiteLLM's paths, and which of them call a model. Seen with LiteLLM 1.106 by counting calls at an Ollama."""

from __future__ import annotations

from typing import Literal

from ccdeploy.litellm.config import Config

Calls = Literal["never", "by config", "always"]

LIVELINESS = "/health/liveliness"
READINESS = "/health/readiness"
MODELS = "/v1/models"
MODEL_INFO = "/v1/model/info"
BACKLOG = "/health/backlog"
HEALTH = "/health"

# What is not in this table is taken to call a model.
CALLS: dict[tuple[str, str], Calls] = {
    ("GET", LIVELINESS): "never",
    ("GET", "/health/liveness"): "never",
    ("GET", READINESS): "never",
    ("GET", "/health/readiness/details"): "never",
    ("GET", BACKLOG): "never",
    ("GET", "/health/latest"): "never",
    ("GET", "/health/history"): "never",
    ("GET", "/health/shared-status"): "never",
    ("GET", "/health/license"): "never",
    ("GET", "/health/drain"): "never",  # but it stops the proxy from serving
    ("GET", MODELS): "never",
    ("GET", "/models"): "never",
    ("GET", MODEL_INFO): "never",
    ("GET", "/model/info"): "never",
    ("GET", "/v2/model/info"): "never",
    ("GET", "/model_group/info"): "never",
    ("GET", "/settings"): "never",
    ("GET", "/routes"): "never",
    ("GET", "/test"): "never",
    ("GET", "/metrics"): "never",
    ("GET", "/"): "never",
    ("GET", HEALTH): "by config",  # every deployment at once, whether it is resident or not
    ("POST", "/health/test_connection"): "always",
    ("POST", "/v1/chat/completions"): "always",
    ("POST", "/v1/messages"): "always",
    ("POST", "/v1/completions"): "always",
    ("POST", "/v1/embeddings"): "always",
    ("POST", "/v1/responses"): "always",
}


def may_call_model(method: str, path: str, config: Config | None = None) -> bool:
    """Whether a request may make LiteLLM call a model under `config`; yes for what is not known."""
    plain = path.partition("?")[0].rstrip("/") or "/"
    calls = CALLS.get((method.upper(), plain), "always")
    if calls == "by config":
        return config is None or not config.health_is_harmless
    return calls == "always"
