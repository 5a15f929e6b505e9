"""Ollama's paths, and which of them load a model. Source: Ollama 0.33, server/routes.go."""

from __future__ import annotations

from typing import Literal

Effect = Literal["never", "loads", "changes"]

VERSION = "/api/version"
TAGS = "/api/tags"
PS = "/api/ps"
SHOW = "/api/show"

# What is not in this table is taken to load.
EFFECTS: dict[tuple[str, str], Effect] = {
    ("GET", "/"): "never",
    ("HEAD", "/"): "never",
    ("GET", VERSION): "never",
    ("GET", TAGS): "never",
    ("GET", PS): "never",
    ("GET", "/api/status"): "never",
    ("POST", SHOW): "never",
    ("GET", "/v1/models"): "never",
    ("POST", "/api/generate"): "loads",  # unless it has no prompt and keep_alive 0: that unloads
    ("POST", "/api/chat"): "loads",  # unless it has no messages and keep_alive 0
    ("POST", "/api/embed"): "loads",
    ("POST", "/api/embeddings"): "loads",
    ("POST", "/v1/chat/completions"): "loads",
    ("POST", "/v1/completions"): "loads",
    ("POST", "/v1/embeddings"): "loads",
    ("POST", "/v1/responses"): "loads",
    ("POST", "/v1/messages"): "loads",
    ("POST", "/api/pull"): "changes",
    ("POST", "/api/create"): "changes",
    ("POST", "/api/copy"): "changes",
    ("DELETE", "/api/delete"): "changes",
}


def may_load(method: str, path: str) -> bool:
    """Whether a request may load a model into memory; yes for what is not known."""
    plain = path.partition("?")[0].rstrip("/") or "/"
    if method.upper() == "GET" and plain.startswith("/v1/models/"):
        return False
    return EFFECTS.get((method.upper(), plain), "loads") == "loads"
