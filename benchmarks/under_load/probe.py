"""A probe of its own that asks all the while whether something serves, and a watch of Traefik's file."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from ccdeploy.traefik import dynamic

_EVERY_S = 0.05
_ASK = b"GET /health/liveliness HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_LOOK_S = 0.005
_TIMEOUT_S = 30.0


class Probe:
    """Asks a port for liveliness on a fresh connection, again and again, while it is entered; it calls no model."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._task: asyncio.Task[None] | None = None
        self.gaps_s: list[float] = []

    async def __aenter__(self) -> Probe:
        self._task = asyncio.create_task(self._ask_on())
        return self

    async def __aexit__(self, *raised: object) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _ask_on(self) -> None:
        down_since: float | None = None
        while True:
            sent_s = time.monotonic()
            if not await _is_well(self._port):
                down_since = sent_s if down_since is None else down_since
            elif down_since is not None:
                self.gaps_s.append(sent_s - down_since)  # a request sent from here on is served
                down_since = None
            await asyncio.sleep(_EVERY_S)


async def _is_well(port: int) -> bool:
    """Whether one question is answered with 200; with bare sockets, for the processor is to be left to who serves."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(_ASK)
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def pointed_s(path: Path) -> float:
    """Return when Traefik's file first names another slot than now."""
    before = _slot(path)
    while _slot(path) == before:
        await asyncio.sleep(_LOOK_S)
    return time.monotonic()


def _slot(path: Path) -> int | None:
    written = dynamic.read(path.read_text())
    return written.to if written else None
