"""What a request for a model wants, read from its body as Ollama reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.exceptions import HTTPException

from ccdeploy.ollama import keepalive
from ccdeploy.sandbox.ollama.catalogue import Model, find_model

Kind = Literal["chat", "generate", "embed", "openai"]
KINDS: Mapping[str, Kind] = {
    "/api/chat": "chat",
    "/api/generate": "generate",
    "/api/embed": "embed",
    "/v1/chat/completions": "openai",
}
_TOKENS = 12  # an answer is this long unless the request says otherwise


@dataclass(frozen=True)
class Ask:
    """One request. `keep_alive_s` None: none sent; `is_empty`: without messages or prompt, to load or to unload."""

    kind: Kind
    model: Model
    is_empty: bool = False
    num_ctx_tokens: int | None = None
    keep_alive_s: float | None = None
    tokens: int = _TOKENS
    tokens_per_s: float | None = None
    streams: bool = False

    @property
    def unloads(self) -> bool:
        """Whether it only lets the model go (10.2, 10.3)."""
        return self.kind in ("chat", "generate") and self.is_empty and self.keep_alive_s == 0


def ask_of(kind: Kind, body: Mapping[str, Any]) -> Ask:
    """Return what the body of a request wants. Raises HTTPException with Ollama's words."""
    model = model_of(body)
    if kind == "openai":  # it carries no context and no keep_alive (10.1)
        tokens = _whole(body, "max_tokens") or _whole(body, "max_completion_tokens")
        return Ask(kind, model, tokens=tokens or _TOKENS, streams=body.get("stream") is True)
    options = body.get("options") or {}
    if not isinstance(options, dict):
        raise HTTPException(400, "json: cannot unmarshal options into a map")
    return Ask(
        kind=kind,
        model=model,
        is_empty=not body.get("messages" if kind == "chat" else "prompt"),
        num_ctx_tokens=_whole(options, "num_ctx"),
        keep_alive_s=_keep_alive_s(body.get("keep_alive")),
        tokens=_whole(options, "num_predict") or _TOKENS,
        tokens_per_s=_number(options, "tokens_per_s"),
        streams=kind != "embed" and body.get("stream", True) is not False,
    )


def model_of(body: Mapping[str, Any]) -> Model:
    """Return the model that a body names. Raises HTTPException for one that is not there."""
    name = body.get("model") or body.get("name")
    model = find_model(name)
    if not model:
        raise HTTPException(404, f"model '{name}' not found")
    return model


def _keep_alive_s(value: object) -> float | None:
    if value is None:
        return None
    try:
        return keepalive.keep_alive_s(value)
    except ValueError as exc:
        raise HTTPException(400, _go_error(value)) from exc


def _go_error(value: object) -> str:
    """Return what Go says of a text that is no duration."""
    if not isinstance(value, str):
        return f"json: cannot read {value!r} as a duration"
    is_number = value.lstrip("+-").replace(".", "", 1).isdecimal()
    return f'time: {"missing unit in" if is_number else "invalid"} duration "{value}"'


def _whole(values: Mapping[str, Any], name: str) -> int | None:
    found = _number(values, name)
    return int(found) if found else None


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HTTPException(500, f'option "{name}" must be of type integer')  # as Ollama: not 400
    return max(float(value), 0.0) or None
