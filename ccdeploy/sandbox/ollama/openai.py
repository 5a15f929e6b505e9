"""The JSON that Ollama answers with under /v1, as OpenAI's API has it."""

from __future__ import annotations

import time
from typing import Any

from ccdeploy.sandbox.ollama.catalogue import Model

_MADE = 1_761_998_400  # 2025-11-01: when the models were
_ERROR_TYPES = {400: "invalid_request_error", 404: "not_found_error"}
_PROMPT_TOKENS = 8


def models(found: list[Model]) -> dict[str, Any]:
    """Return the list of `/v1/models`."""
    return {
        "object": "list",
        "data": [{"id": m.name, "object": "model", "created": _MADE, "owned_by": "library"} for m in found],
    }


def piece(model: Model, text: str, reason: str | None = None) -> dict[str, Any]:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}
    return {**_head(model, "chat.completion.chunk"), "choices": [choice]}


def whole(model: Model, text: str, tokens: int) -> dict[str, Any]:
    """Return an answer without a stream."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": _PROMPT_TOKENS, "completion_tokens": tokens, "total_tokens": _PROMPT_TOKENS + tokens}
    return {**_head(model, "chat.completion"), "choices": [choice], "usage": usage}


def error(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {
        "error": {"message": message, "type": _ERROR_TYPES.get(status, "api_error"), "param": None, "code": None},
    }


def _head(model: Model, kind: str) -> dict[str, Any]:
    now = int(time.time())
    return {"id": f"chatcmpl-{now % 1000}", "object": kind, "created": now, "model": model.name}
