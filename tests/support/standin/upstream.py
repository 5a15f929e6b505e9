"""The calls that LiteLLM makes to Ollama; each one could make Ollama load a model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.support.standin.config import Config, Deployment


class UpstreamError(Exception):
    """Ollama does not answer, or not with 200."""


def chat(deployment: Deployment, request: dict[str, Any]) -> Iterator[str]:
    """Send a completion to Ollama and return the pieces of its answer as they come. Raises UpstreamError."""
    import http.client  # a third of the stand-in's boot, and most proxies of tests are never asked for a completion

    body = json.dumps(chat_body(deployment, request)).encode()
    place = urlsplit(deployment.api_base)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=600)
    try:
        connection.request("POST", "/api/chat", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise UpstreamError(f"Ollama answered {response.status}: {response.read(200)!r}")
        for line in response:
            yield str(json.loads(line).get("message", {}).get("content", ""))
    except (OSError, http.client.HTTPException) as exc:
        raise UpstreamError(f"litellm.APIConnectionError: {exc}") from exc
    finally:
        connection.close()


def chat_body(deployment: Deployment, request: dict[str, Any]) -> dict[str, Any]:
    """Return the body for /api/chat: num_ctx among the options, keep_alive at the top, the client's values first."""
    params = deployment.params | {k: request[k] for k in ("num_ctx", "keep_alive", "max_tokens") if k in request}
    options = {"num_predict": params.get("max_tokens"), "num_ctx": params.get("num_ctx")}
    body: dict[str, Any] = {
        "model": deployment.ollama_model,
        "messages": request.get("messages", []),
        "options": {key: value for key, value in options.items() if value is not None},
        "stream": bool(request.get("stream")),
    }
    if params.get("keep_alive") is not None:
        body["keep_alive"] = params["keep_alive"]
    return body


def sweep(config: Config, deployments: list[Deployment]) -> list[tuple[Deployment, str | None]]:
    """Call each deployment, all in parallel, as a health check does; return what went wrong with each."""
    failures: dict[int, str | None] = {}
    threads = [
        threading.Thread(target=lambda i=i, d=d: failures.__setitem__(i, _failure(d)), daemon=True)
        for i, d in enumerate(deployments)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [(d, failures.get(i, "no answer")) for i, d in enumerate(deployments)]


def _failure(deployment: Deployment) -> str | None:
    if deployment.is_wildcard:
        return "Unable to health check wildcard model for provider ollama_chat"
    probe = {"messages": [{"role": "user", "content": "What's 1 + 1?"}], "max_tokens": 16}
    try:
        for _ in chat(deployment, probe):
            pass
    except UpstreamError as exc:
        return str(exc)
    return None
