"""One request for a model from its arrival to its end: it waits, is answered, and leaves when its client does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ccdeploy.sandbox.ollama import answers, openai
from ccdeploy.sandbox.ollama.ask import Ask
from ccdeploy.sandbox.ollama.engine import Engine

T = TypeVar("T")


class ClientLeft(Exception):
    """The client hung up before it had an answer."""


@dataclass(frozen=True)
class Pace:
    """How long things take: a load, and a token of an answer."""

    load_s: float
    tokens_per_s: float


async def serve(request: Request, engine: Engine, ask: Ask, pace: Pace) -> Response:
    """Return the answer, or the stream that will be one. Raises Busy and ClientLeft."""
    known, per_s = ask.model.known(pace.load_s), max(ask.tokens_per_s or pace.tokens_per_s, 0.1)
    if ask.unloads:
        engine.unload(known)
        return JSONResponse(answers.last(ask.model, ask.kind == "chat", "", "unload"))
    number = await _unless_left(request, engine.admitted(known, ask.num_ctx_tokens, ask.keep_alive_s))
    if ask.streams and not ask.is_empty:
        kind = "text/event-stream" if ask.kind == "openai" else "application/x-ndjson"
        return _Stream(engine, number, _lines(engine, ask, per_s), kind)
    try:
        return JSONResponse(await _unless_left(request, _whole(engine, ask, per_s)))
    finally:
        engine.end(number)


class _Stream(StreamingResponse):
    """A stream that ends the request of the engine, also when it never began."""

    def __init__(self, engine: Engine, number: int, lines: AsyncIterator[str], kind: str) -> None:
        super().__init__(lines, media_type=kind)
        self._engine = engine
        self._number = number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._engine.end(self._number)


async def _whole(engine: Engine, ask: Ask, per_s: float) -> dict[str, Any]:
    if ask.kind == "embed":
        return answers.embedding(ask.model)
    is_chat = ask.kind == "chat"
    if ask.is_empty:
        return answers.last(ask.model, is_chat, "", "load")
    began = engine.now_s()
    text = "".join([word async for word in engine.tokens(ask.tokens, per_s)])
    if ask.kind == "openai":
        return openai.whole(ask.model, text, ask.tokens)
    return answers.last(ask.model, is_chat, text, "stop", answers.Spent(ask.tokens, engine.now_s() - began))


async def _lines(engine: Engine, ask: Ask, per_s: float) -> AsyncIterator[str]:
    is_chat, began = ask.kind == "chat", engine.now_s()
    async for word in engine.tokens(ask.tokens, per_s):
        if ask.kind == "openai":
            yield f"data: {json.dumps(openai.piece(ask.model, word))}\n\n"
        else:
            yield json.dumps(answers.piece(ask.model, is_chat, word)) + "\n"
    if ask.kind == "openai":
        yield f"data: {json.dumps(openai.piece(ask.model, '', 'stop'))}\n\ndata: [DONE]\n\n"
        return
    spent = answers.Spent(ask.tokens, engine.now_s() - began)
    yield json.dumps(answers.last(ask.model, is_chat, "", "stop", spent)) + "\n"


async def _unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what comes of the work; when the client hangs up first, the work is cancelled, and ClientLeft raised."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise ClientLeft
    finally:
        doing.cancel()
        leaving.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
