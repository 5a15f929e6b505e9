"""The JSON that Ollama answers with, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ccdeploy.sandbox.ollama.catalogue import Model
from ccdeploy.sandbox.ollama.memory import Resident, seconds_left

VERSION = "0.33.0"
_MODIFIED = "2025-11-01T12:00:00Z"
_NS = 1_000_000_000


@dataclass(frozen=True)
class Spent:
    """What an answer took."""

    tokens: int = 0
    seconds: float = 0.0


NOTHING = Spent()


def tag(model: Model) -> dict[str, Any]:
    """Return a model as `/api/tags` lists it."""
    return {
        "name": model.name,
        "model": model.name,
        "modified_at": _MODIFIED,
        "size": model.size_bytes,
        "digest": model.digest,
        "details": details(model),
        "capabilities": ["completion"],
    }


def details(model: Model) -> dict[str, Any]:
    """Return the short description that several answers carry."""
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "qwen2",
        "families": ["qwen2"],
        "parameter_size": model.parameters,
        "quantization_level": model.quantization,
    }


def show(model: Model) -> dict[str, Any]:
    """Return what `/api/show` tells of a model."""
    return {
        "modelfile": f"FROM {model.name}\n",
        "parameters": f"num_ctx {model.num_ctx}" if model.num_ctx else "",
        "template": "{{ .Prompt }}",
        "details": details(model),
        "model_info": {
            "general.architecture": "qwen2",
            "qwen2.block_count": model.layers,
            "qwen2.embedding_length": model.embedding,
            "qwen2.attention.head_count": model.heads,
            "qwen2.attention.head_count_kv": model.kv_heads,
            "qwen2.context_length": model.context_length,
        },
        "capabilities": ["completion"],
        "modified_at": _MODIFIED,
    }


def running(resident: Resident, budget_bytes: int, now: float) -> dict[str, Any]:
    """Return a model in memory as `/api/ps` lists it; what is beyond the budget runs on the CPU."""
    expires = datetime.now(UTC) + timedelta(seconds=seconds_left(resident, now))
    return {
        "name": resident.model.name,
        "model": resident.model.name,
        "size": resident.size_bytes,
        "size_vram": min(resident.size_bytes, budget_bytes),
        "digest": resident.model.digest,
        "details": details(resident.model),
        "expires_at": expires.isoformat(),
        "context_length": resident.num_ctx,
    }


def piece(model: Model, is_chat: bool, text: str) -> dict[str, Any]:
    """Return one line of a stream."""
    return {"model": model.name, "created_at": _now(), **_text(is_chat, text), "done": False}


def last(model: Model, is_chat: bool, text: str, reason: str, spent: Spent = NOTHING) -> dict[str, Any]:
    """Return the last line of a stream, or the whole answer when there was none."""
    return {
        "model": model.name,
        "created_at": _now(),
        **_text(is_chat, text),
        "done": True,
        "done_reason": reason,
        "total_duration": int(spent.seconds * _NS),
        "load_duration": 0,
        "prompt_eval_count": 8,
        "prompt_eval_duration": 0,
        "eval_count": spent.tokens,
        "eval_duration": int(spent.seconds * _NS),
    }


def openai_models(models: list[Model]) -> dict[str, Any]:
    """Return the list of `/v1/models`."""
    return {
        "object": "list",
        "data": [{"id": m.name, "object": "model", "created": 1_761_998_400, "owned_by": "library"} for m in models],
    }


def _text(is_chat: bool, text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}} if is_chat else {"response": text}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
