"""A client that holds a streaming chat completion open and says afterwards whether it was cut."""

from __future__ import annotations

import http.client
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.studio import Studio

ENOUGH = "enough"  # the file in the folder of a studio that ends endless streams


@dataclass(frozen=True)
class Outcome:
    """How a stream ended: the numbers in its text, and what, if anything, was wrong."""

    numbers: tuple[int, ...]
    fault: str | None

    @property
    def is_complete(self) -> bool:
        """Whether every chunk came, and [DONE] after them."""
        return self.fault is None

    def __str__(self) -> str:
        return self.fault or f"complete, {len(self.numbers)} chunks"


@dataclass
class Stream:
    """A stream that runs in a thread of its own. Use it as a context manager around a verb.

    `to` is a port on loopback or a URL, such as Traefik's. Chunks hold consecutive numbers, as the
    stand-ins for LiteLLM and Ollama make them.
    """

    to: int | str
    key: str
    model: str
    max_tokens: int | None = None
    _text: str = ""
    _is_done: bool = False
    _fault: str | None = None
    _is_over: threading.Event = field(default_factory=threading.Event)
    _connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Stream:
        threading.Thread(target=self._read, name="stream", daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._connection and not self.is_over and self._connection.sock:
            self._connection.sock.close()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self._is_over.is_set()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that came so far."""
        return tuple(int(word) for word in re.findall(r"\d+(?=\D)", self._text))

    def wait_for_chunks(self, count: int) -> None:
        """Wait until so many chunks came; the stream is then known to run."""
        until(lambda: len(self.numbers) >= count or self.is_over, f"{count} chunks from {self.to}")
        assert len(self.numbers) >= count, f"the stream from {self.to} ended early: {self._fault}"

    def finished(self, within_s: float = 60.0) -> Outcome:
        """Wait for the end and say how it came."""
        assert self._is_over.wait(within_s), f"the stream from {self.to} did not end within {within_s:g} s"
        return Outcome(self.numbers, self._fault or self._gap())

    def _gap(self) -> str | None:
        if not self._is_done:
            return f"cut after {len(self.numbers)} chunks: no [DONE]"
        expected = tuple(range(self.numbers[0], self.numbers[0] + len(self.numbers))) if self.numbers else None
        return None if self.numbers == expected else f"chunks are missing or out of order: {self.numbers}"

    def _read(self) -> None:
        try:
            self._connection = _connection(self.to)
            self._follow(self._connection)
        except (OSError, http.client.HTTPException, ValueError) as exc:
            self._fault = f"cut after {len(self.numbers)} chunks: {exc!r}"
        finally:
            self._is_over.set()

    def _follow(self, connection: http.client.HTTPConnection) -> None:
        body = {"model": self.model, "stream": True, "messages": [{"role": "user", "content": "count"}]}
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"status {response.status}: {response.read(300)!r}")
        for line in response:
            data = line.strip().removeprefix(b"data: ")
            if data == b"[DONE]":
                self._is_done = True
            elif data:
                self._text += json.loads(data)["choices"][0]["delta"].get("content") or ""


def endless(studio: Studio, **more: Any) -> Path:
    """Let each stream of a studio's litellm go on until the file that is returned exists.

    `more` is what else the litellm does wrong.
    """
    enough = studio.folder / ENOUGH
    studio.misbehave({"stream_until": str(enough), **more})
    return enough


def _connection(to: int | str) -> http.client.HTTPConnection:
    place = urlsplit(f"http://127.0.0.1:{to}" if isinstance(to, int) else to)
    host = place.hostname or "127.0.0.1"
    return http.client.HTTPConnection(host, place.port, timeout=60)
