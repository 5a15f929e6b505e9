"""The stand-in's HTTP face: Ollama's paths, and `/sandbox/log` with every load and eviction."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ccdeploy.sandbox.ollama import answers
from ccdeploy.sandbox.ollama.catalogue import CATALOGUE, Model, find_model
from ccdeploy.sandbox.ollama.durations import keep_alive_s
from ccdeploy.sandbox.ollama.engine import Engine

_TOKENS = 12  # an answer is this long unless `num_predict` says otherwise


@dataclass(frozen=True)
class Ask:
    """What a request of `/api/chat` or `/api/generate` wants."""

    model: Model
    is_chat: bool
    is_empty: bool  # no messages, or no prompt: load or unload only
    num_ctx: int | None
    keep_alive_s: float
    tokens: int
    tokens_per_s: float
    streams: bool


def make_app(engine: Engine) -> Starlette:
    """Return the application; `engine` holds all its state."""

    async def ask(request: Request) -> Response:
        wanted = _ask(await _body(request), request.url.path == "/api/chat", engine.tokens_per_s)
        return await _answer(engine, wanted)

    async def show(request: Request) -> Response:
        body = await _body(request)
        return JSONResponse(answers.show(_model(body)))

    async def running(_: Request) -> Response:
        now = engine.now()
        engine.memory.expire(now)
        there = engine.memory.residents.values()
        return JSONResponse({"models": [answers.running(r, engine.memory.budget_bytes, now) for r in there]})

    async def log(_: Request) -> Response:
        engine.memory.expire(engine.now())
        return JSONResponse({"calls": engine.calls, "now_s": round(engine.now(), 3), **engine.memory.to_json()})

    return Starlette(
        routes=[
            Route("/", _alive),
            Route("/api/version", _version),
            Route("/api/tags", _tags),
            Route("/v1/models", _openai_models),
            Route("/api/show", show, methods=["POST"]),
            Route("/api/ps", running),
            Route("/api/chat", ask, methods=["POST"]),
            Route("/api/generate", ask, methods=["POST"]),
            Route("/sandbox/log", log),
        ],
        exception_handlers={HTTPException: _error},
    )


async def _alive(_: Request) -> Response:
    return PlainTextResponse("Ollama is running")


async def _version(_: Request) -> Response:
    return JSONResponse({"version": answers.VERSION})


async def _tags(_: Request) -> Response:
    return JSONResponse({"models": [answers.tag(m) for m in CATALOGUE.values()]})


async def _openai_models(_: Request) -> Response:
    return JSONResponse(answers.openai_models(list(CATALOGUE.values())))


async def _error(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - the type that it is registered for
    return JSONResponse({"error": exc.detail}, status_code=exc.status_code)


async def _answer(engine: Engine, ask: Ask) -> Response:
    if ask.is_empty and ask.keep_alive_s == 0:
        engine.unload(ask.model)
        return JSONResponse(answers.last(ask.model, ask.is_chat, "", "unload"))
    if ask.is_empty:
        async with engine.using(ask.model, ask.num_ctx, ask.keep_alive_s):
            return JSONResponse(answers.last(ask.model, ask.is_chat, "", "load"))
    if ask.streams:
        return StreamingResponse(_lines(engine, ask), media_type="application/x-ndjson")
    began = engine.now()
    async with engine.using(ask.model, ask.num_ctx, ask.keep_alive_s):
        text = "".join([word async for word in engine.tokens(ask.tokens, ask.tokens_per_s)])
    return JSONResponse(
        answers.last(ask.model, ask.is_chat, text, "stop", answers.Spent(ask.tokens, engine.now() - began))
    )


async def _lines(engine: Engine, ask: Ask) -> AsyncIterator[str]:
    began = engine.now()
    async with engine.using(ask.model, ask.num_ctx, ask.keep_alive_s):
        async for word in engine.tokens(ask.tokens, ask.tokens_per_s):
            yield json.dumps(answers.piece(ask.model, ask.is_chat, word)) + "\n"
        yield (
            json.dumps(
                answers.last(ask.model, ask.is_chat, "", "stop", answers.Spent(ask.tokens, engine.now() - began))
            )
            + "\n"
        )


def _ask(body: dict[str, Any], is_chat: bool, tokens_per_s: float) -> Ask:
    options = body.get("options") or {}
    try:
        return Ask(
            model=_model(body),
            is_chat=is_chat,
            is_empty=not body.get("messages" if is_chat else "prompt"),
            num_ctx=int(options["num_ctx"]) if options.get("num_ctx") else None,
            keep_alive_s=keep_alive_s(body.get("keep_alive")),
            tokens=max(1, int(options.get("num_predict") or _TOKENS)),
            tokens_per_s=max(0.1, float(options.get("tokens_per_s") or tokens_per_s)),
            streams=body.get("stream", True) is not False,
        )
    except (TypeError, ValueError) as exc:
        raise HTTPException(400, str(exc)) from exc


def _model(body: dict[str, Any]) -> Model:
    name = body.get("model") or body.get("name")
    model = find_model(name)
    if not model:
        raise HTTPException(404, f"model '{name}' not found")
    return model


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as exc:
        raise HTTPException(400, f"invalid JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise HTTPException(400, "a JSON object was expected")
    return body
