"""The stand-in's HTTP face: Ollama's paths, and `/sandbox/log` with every load and eviction."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ccdeploy.sandbox.ollama import answers, openai
from ccdeploy.sandbox.ollama.ask import KINDS, ask_of, model_of
from ccdeploy.sandbox.ollama.catalogue import CATALOGUE
from ccdeploy.sandbox.ollama.engine import Busy, Engine
from ccdeploy.sandbox.ollama.serving import ClientLeft, Pace, serve

_BUSY = "server busy, please try again.  maximum pending requests exceeded"
_CLIENT_LEFT = 499


def make_app(engine: Engine, pace: Pace) -> Starlette:
    """Return the application; `engine` holds all its state."""

    async def ask(request: Request) -> Response:
        wanted = ask_of(KINDS[request.url.path], await _body(request))
        return await serve(request, engine, wanted, pace)

    async def running(_: Request) -> Response:
        there = [answers.running(runner, left_s, engine.server) for runner, left_s in engine.residents()]
        return JSONResponse({"models": there})

    async def log(_: Request) -> Response:
        events = [answers.event(one) for one in engine.happenings]
        seen = {"calls": engine.calls, "now_s": round(engine.now_s(), 3), "loads": engine.loads, "events": events}
        return JSONResponse(seen)

    async def version(_: Request) -> Response:
        return JSONResponse({"version": engine.server.version})

    return Starlette(
        routes=[
            Route("/", _alive),
            Route("/api/version", version),
            Route("/api/tags", _tags),
            Route("/v1/models", _openai_models),
            Route("/api/show", _show, methods=["POST"]),
            Route("/api/ps", running),
            *(Route(path, ask, methods=["POST"]) for path in KINDS),
            Route("/sandbox/log", log),
        ],
        exception_handlers={HTTPException: _error, Busy: _busy, ClientLeft: _left},
    )


async def _alive(_: Request) -> Response:
    return PlainTextResponse("Ollama is running")


async def _tags(_: Request) -> Response:
    return JSONResponse({"models": [answers.tag(m) for m in CATALOGUE.values()]})


async def _openai_models(_: Request) -> Response:
    return JSONResponse(openai.models(list(CATALOGUE.values())))


async def _show(request: Request) -> Response:
    return JSONResponse(answers.show(model_of(await _body(request))))


async def _error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - the type that it is registered for
    return _refusal(request, exc.status_code, exc.detail)


async def _busy(request: Request, _: Exception) -> Response:
    return _refusal(request, 503, _BUSY)


async def _left(request: Request, _: Exception) -> Response:
    return _refusal(request, _CLIENT_LEFT, "request canceled")  # nobody reads it, but the log has its status


def _refusal(request: Request, status: int, said: str) -> Response:
    is_openai = request.url.path.startswith("/v1/")
    return JSONResponse(openai.error(status, said) if is_openai else {"error": said}, status_code=status)


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as exc:
        raise HTTPException(400, f"invalid JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise HTTPException(400, "a JSON object was expected")
    return body
