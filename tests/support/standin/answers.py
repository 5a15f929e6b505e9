"""The bodies that LiteLLM answers with. Pure: a config and a misbehaviour in, plain values out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.support.standin.config import PARAM_DEFAULTS, Deployment

if TYPE_CHECKING:
    from tests.support.standin.config import Config
    from tests.support.standin.misbehave import Misbehaviour

HIDDEN_PARAMS = frozenset({"api_key"})
WILDCARD_MODEL = "llama2"  # what LiteLLM expands `ollama_chat/*` to without asking Ollama
ALIVE = "I'm alive!"
NO_DB = {"error": {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}}


def served_names(config: Config, wrong: Misbehaviour) -> list[str]:
    """Return the names of /v1/models: group aliases, plain names, then wildcards."""
    if wrong.serve_wrong_models is not None:
        return list(wrong.serve_wrong_models)
    plain = [d.alias for d in config.deployments if not d.is_wildcard]
    wild = [d.alias.replace("*", WILDCARD_MODEL) for d in config.deployments if d.is_wildcard]
    return [n for n in dict.fromkeys([*config.aliases, *plain, *wild]) if n not in wrong.drop_models]


def models(config: Config, wrong: Misbehaviour) -> dict[str, Any]:
    """Return the body of /v1/models."""
    listed = [
        {"id": name, "object": "model", "created": 1677610602, "owned_by": "openai"}
        for name in served_names(config, wrong)
    ]
    return {"data": listed, "object": "list"}


def model_info(config: Config, wrong: Misbehaviour) -> dict[str, Any]:
    """Return the body of /v1/model/info: deployments as listed, then group aliases."""
    entries = [_info(d.alias, d, wrong) for d in config.deployments if d.alias not in wrong.drop_models]
    for name, group in config.aliases.items():
        members = (d for d in config.deployments if d.alias == group)
        entries += [_info(name, d, wrong) for d in members if name not in wrong.drop_models]
    return {"data": entries}


def _info(name: str, deployment: Deployment, wrong: Misbehaviour) -> dict[str, Any]:
    shown = {k: v for k, v in deployment.params.items() if k not in HIDDEN_PARAMS}
    if deployment.is_wildcard:
        name = shown["model"] = name.replace("*", WILDCARD_MODEL)
    changed = wrong.model_info_changes.get(deployment.alias, {})
    extra = {"id": deployment.model_id, "db_model": False, "member_auto_router": False}
    return {
        "model_name": name,
        "litellm_params": PARAM_DEFAULTS | shown | changed,
        "model_info": extra | deployment.info | {"pricing_overrides": []},
    }


def health(results: list[tuple[Deployment, str | None]]) -> dict[str, Any]:
    """Return the body of /health for deployments and what went wrong with each (None: nothing)."""
    well = [_endpoint(d) for d, failure in results if failure is None]
    ill = [{**_endpoint(d), "error": failure} for d, failure in results if failure is not None]
    return {
        "healthy_endpoints": well,
        "unhealthy_endpoints": ill,
        "healthy_count": len(well),
        "unhealthy_count": len(ill),
    }


def _endpoint(deployment: Deployment) -> dict[str, Any]:
    return {
        "api_base": deployment.api_base,
        "model": deployment.params["model"],
        "model_id": deployment.model_id,
    }


def unknown_model(name: str) -> dict[str, Any]:
    """Return the body for a completion of a model that nobody serves."""
    text = f"litellm.BadRequestError: You passed in model={name}. There are no healthy deployments for this model"
    return {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": "400"}}


def completion(name: str, content: str) -> dict[str, Any]:
    """Return the body of a completion."""
    message = {"content": content, "role": "assistant"}
    return {
        "id": "chatcmpl-standin",
        "created": int(time.time()),
        "model": name,
        "object": "chat.completion",
        "choices": [{"finish_reason": "stop", "index": 0, "message": message}],
        "usage": {"completion_tokens": 1, "prompt_tokens": 1, "total_tokens": 2},
    }


def chunk(name: str, content: str | None) -> dict[str, Any]:
    """Return one chunk of a stream; None is the last one before [DONE]."""
    choice: dict[str, Any] = {"index": 0, "delta": {} if content is None else {"content": content}}
    if content is None:
        choice["finish_reason"] = "stop"
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": name,
        "choices": [choice],
    }
