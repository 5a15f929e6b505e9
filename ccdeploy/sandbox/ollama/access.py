"""The lines of requests in the stand-in's log, as GIN writes them for Ollama: when one ended, how, after how long.

Source: gin 1.10, logger.go, defaultLogFormatter.
"""

from __future__ import annotations

import time
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccdeploy.sandbox.ollama.log import Write


class AccessLog:
    """An ASGI application around another, which writes a line for each request."""

    def __init__(self, app: ASGIApp, write: Write) -> None:
        self._app = app
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and write its line whatever becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._write(_line(scope["method"], scope["path"], status, time.monotonic() - began))


def _line(method: str, path: str, status: int, took_s: float) -> str:
    now, took = datetime.now(), _took(took_s)
    return f'[GIN] {now:%Y/%m/%d - %H:%M:%S} | {status:3d} | {took:>13} | {"127.0.0.1":>15} | {method:<7}  "{path}"'


def _took(seconds: float) -> str:
    """Return a duration as Go writes one."""
    if seconds >= 60:
        return f"{int(seconds // 60)}m{seconds % 60:.6f}s"
    return f"{seconds:.9f}s" if seconds >= 1 else f"{seconds * 1000:.6f}ms"
