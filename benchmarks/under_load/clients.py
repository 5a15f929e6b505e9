"""The load: clients that each hold a long stream and ask beside it, and that write down what became of each request."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from under_load.answers import Answer, Kind, fault_of_stream, fault_of_whole

CLIENTS = 16
ALIASES = ("claude-3-5-sonnet", "claude-3-haiku")
TOKENS_PER_S = 1.0  # of a long stream: LiteLLM's work is to be requests, not tokens
_QUICK = 1000.0  # tokens a second of all others
_MOST_TOKENS = 7
_SHORT_STREAM_EVERY = 4  # of what is asked beside the long stream
_PAUSE_S = 1.0  # after a failure, before a client asks again
_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Ask:
    """One chat completion to be sent."""

    kind: Kind
    alias: str
    tokens: int
    tokens_per_s: float = _QUICK

    def body(self) -> dict[str, Any]:
        """Return its JSON."""
        return {
            "model": self.alias,
            "messages": [{"role": "user", "content": f"count to {self.tokens}"}],
            "max_tokens": self.tokens,
            "tokens_per_s": self.tokens_per_s,
            "stream": self.kind == "stream",
        }


@dataclass
class Load:
    """All clients, from entering until the last request of each has ended. `stream_s` is how long a stream may last."""

    url: str
    key: str
    stream_s: float
    answers: list[Answer] = field(default_factory=list)
    _is_over: bool = False
    _asks_beside: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Load:
        self._asks_beside.set()
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(CLIENTS)]
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._is_over = True
        self._asks_beside.set()
        if raised[0] is not None:
            for task in self._tasks:
                task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in ended:
            if raised[0] is None and isinstance(one, BaseException):
                raise one

    @contextmanager
    def streams_only(self) -> Iterator[None]:
        """Hold the streams and ask nothing beside them, as in a gap, in which nobody would answer."""
        self._asks_beside.clear()
        try:
            yield
        finally:
            self._asks_beside.set()

    async def _client(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with (
            httpx.AsyncClient(base_url=self.url, headers=headers, timeout=_TIMEOUT_S, trust_env=False) as client,
            asyncio.TaskGroup() as both,
        ):
            both.create_task(self._hold_streams(client, number))
            both.create_task(self._ask_beside(client, number))

    async def _hold_streams(self, client: httpx.AsyncClient, number: int) -> None:
        """Hold one long stream after the other. Each client's have a length of their own: all shall not end at once."""
        tokens = round(self.stream_s * TOKENS_PER_S * (1 - number / CLIENTS / 4))
        first = round(tokens * (number + 1) / CLIENTS)
        for length in itertools.chain((first,), itertools.repeat(tokens)):
            if self._is_over:
                return
            await self._note(client, Ask("stream", ALIASES[number % 2], length, TOKENS_PER_S))

    async def _ask_beside(self, client: httpx.AsyncClient, number: int) -> None:
        for turn in itertools.count(number):
            await self._asks_beside.wait()
            if self._is_over:
                return
            kind: Kind = "stream" if turn % _SHORT_STREAM_EVERY == 0 else "whole"
            await self._note(client, Ask(kind, ALIASES[turn % 2], 1 + turn % _MOST_TOKENS))

    async def _note(self, client: httpx.AsyncClient, ask: Ask) -> None:
        one = await answered(client, ask)
        self.answers.append(one)
        if one.fault is not None:
            await asyncio.sleep(_PAUSE_S)


async def answered(client: httpx.AsyncClient, ask: Ask) -> Answer:
    """Send a request, read its answer to the last byte, and return what became of it."""
    sent_s, first_s, release, body = time.monotonic(), None, None, b""
    try:
        async with client.stream("POST", "/v1/chat/completions", json=ask.body()) as response:
            if response.status_code != 200:
                said = (await response.aread())[:160].decode("utf-8", "replace")
                return Answer(ask.kind, sent_s, None, time.monotonic(), fault=f"{response.status_code}: {said}")
            release = response.headers.get("x-litellm-model-id", "").partition(".")[0] or None
            async for piece in response.aiter_bytes():
                first_s = time.monotonic() if first_s is None else first_s
                body += piece
    except httpx.HTTPError as exc:
        fault: str | None = f"{type(exc).__name__}: {exc}"
    else:
        check = fault_of_stream if ask.kind == "stream" else fault_of_whole
        fault = check(body, ask.tokens) or (None if release else "no header tells which release answered")
    return Answer(ask.kind, sent_s, first_s, time.monotonic(), release, fault)
