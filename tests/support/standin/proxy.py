"""The routes of the stand-in: which path asks for a key, what it answers, which ones call Ollama."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.standin import answers, upstream, wire
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.standin.config import Config, Deployment
    from tests.support.standin.misbehave import Misbehaviour
    from tests.support.standin.wire import Request

PUBLIC = frozenset({"/health/liveliness", "/health/liveness", "/health/readiness"})
CHUNK_S = 0.1  # between two chunks of a stream that the stand-in makes by itself
LONGEST_S = 120.0  # of one that goes on until a file exists


class Crash(Exception):
    """What LiteLLM answers with a bare 500: its handler of authentication errors fails without a database."""


class Proxy:
    """A running gateway: its config, and how many requests are in flight."""

    def __init__(self, config: Config, wrong: Misbehaviour, version: str) -> None:
        self.config = config
        self.wrong = wrong
        self.version = version
        self.in_flight = 0
        self.unheard = 0  # connections that have said nothing yet
        self.swept: list[tuple[Deployment, str | None]] = []
        self._moved = threading.Condition()

    def connected(self) -> None:
        """Count a connection as one that has said nothing yet."""
        with self._moved:
            self.unheard += 1

    def heard(self, *, is_first: bool, is_request: bool) -> None:
        """Count what a connection said: a request is in flight until it is answered."""
        with self._moved:
            self.unheard -= is_first
            self.in_flight += is_request
            self._moved.notify_all()

    def hear_all(self, within_s: float) -> None:
        """Wait until each connection has said something."""
        with self._moved:
            self._moved.wait_for(lambda: not self.unheard, within_s)

    def end_all(self, within_s: float) -> None:
        """Wait until nothing is in flight."""
        with self._moved:
            self._moved.wait_for(lambda: not self.in_flight, within_s)

    def answer(self, connection: socket.socket, request: Request) -> int:
        """Answer a request that has arrived, and return the status that was sent."""
        try:
            return self._route(connection, request)
        except Crash:
            wire.send(connection, 500, b"Internal Server Error", "text/plain; charset=utf-8")
            return 500
        finally:
            with self._moved:
                self.in_flight -= 1
                self._moved.notify_all()

    def sweep(self) -> None:
        """Call every model that background checks call, and keep what came of it."""
        groups = self.config.checked_groups
        chosen = [d for d in self.config.deployments if groups is None or d.alias in groups]
        kept = [d for d in chosen if not d.info.get("disable_background_health_check")]
        self.swept = upstream.sweep(self.config, kept)

    def _route(self, connection: socket.socket, request: Request) -> int:
        path = request.path.removeprefix("/v1") if request.path.startswith("/v1/") else request.path
        if path == "/chat/completions" and request.method == "POST":
            return self._refusal(connection, request) or self._complete(connection, request)
        status, body = self._plain(connection, request, path)
        if body is not None:
            wire.send_json(connection, status, body)
        return status

    def _plain(self, connection: socket.socket, request: Request, path: str) -> tuple[int, Any]:
        table: dict[str, Callable[[], tuple[int, Any]]] = {
            "/health/liveliness": lambda: (200, answers.ALIVE),
            "/health/liveness": lambda: (200, answers.ALIVE),
            "/health/readiness": self._readiness,
            "/health/readiness/details": lambda: (200, {"status": "healthy", "litellm_version": self.version}),
            "/health": lambda: self._health(request),
            "/health/backlog": self._backlog,
            "/models": lambda: (200, answers.models(self.config, self.wrong)),
            "/model/info": lambda: (200, answers.model_info(self.config, self.wrong)),
        }
        if path not in table or (path == "/health/backlog" and self.wrong.no_backlog):
            return 404, {"detail": "Not Found"}
        if request.method != "GET":
            return 405, {"detail": "Method Not Allowed"}
        if path not in PUBLIC and (status := self._refusal(connection, request)):
            return status, None
        if path == "/models":
            waited_for = self.wrong.models_from
            until(lambda: waited_for is None or Path(waited_for).exists(), f"{waited_for}", LONGEST_S)
        return table[path]()

    def _refusal(self, connection: socket.socket, request: Request) -> int:
        """Refuse a caller without the key as LiteLLM does with no database; 0 lets the caller in."""
        if request.key is None:
            raise Crash
        if request.key != self.config.master_key:
            wire.send_json(connection, 400, answers.NO_DB)
            return 400
        return 0

    def _readiness(self) -> tuple[int, Any]:
        status = self.wrong.readiness_status
        well = {"status": "healthy", "db": "Not connected"}
        return status, well if status == 200 else {"status": "unhealthy", "db": "disconnected"}

    def _backlog(self) -> tuple[int, Any]:
        counts = {"admitted_requests": 0, "queued_requests": 0, "rejected_requests": 0}
        return 200, {"in_flight_requests": self.in_flight, **counts}

    def _health(self, request: Request) -> tuple[int, Any]:
        general, wanted = self.config.general, request.query.get("model")
        chosen = [d for d in self.config.deployments if wanted in (None, d.alias, d.params["model"])]
        if general.get("background_health_checks") is True:
            results = [r for r in self.swept if r[0] in chosen]
        else:
            if general.get("health_check_skip_disabled_background_models") is True:
                chosen = [d for d in chosen if not d.info.get("disable_background_health_check")]
            results = upstream.sweep(self.config, chosen)
        body = answers.health(results)
        return (503 if wanted is not None and body["healthy_count"] == 0 else 200), body

    def _complete(self, connection: socket.socket, request: Request) -> int:
        asked = json.loads(request.body or b"{}")
        name = str(asked.get("model"))
        deployment = self.config.deployment_of(name)
        if deployment is None or name in self.wrong.drop_models:
            wire.send_json(connection, 400, answers.unknown_model(name))
            return 400
        fault = ""
        for number, one in enumerate([deployment, *self._fallbacks(deployment, asked)]):
            headers = {
                "x-litellm-version": self.version,
                "x-litellm-model-id": one.model_id,
                "x-litellm-model-group": one.alias,
                "x-litellm-attempted-fallbacks": str(number),
            }
            pieces = self._pieces(one, asked)
            try:
                if asked.get("stream"):
                    wire.send_events(connection, _events(name, pieces), headers)
                else:
                    wire.send_json(connection, 200, answers.completion(name, "".join(pieces)), headers)
            except upstream.UpstreamError as exc:
                fault = fault or str(exc)
                continue
            return 200
        told = f"{fault}. Received Model Group={name}\nAvailable Model Group Fallbacks=None"
        wire.send_json(connection, 500, {"error": {"message": told, "type": None, "code": "500"}})
        return 500

    def _fallbacks(self, deployment: Deployment, asked: dict[str, Any]) -> list[Deployment]:
        if asked.get("stream") or (asked.get("disable_fallbacks") is True and not self.wrong.always_falls_back):
            return []
        found = (self.config.deployment_of(name) for name in self.config.fallbacks.get(deployment.alias, []))
        return [one for one in found if one is not None]

    def _pieces(self, deployment: Deployment, asked: dict[str, Any]) -> Iterator[str]:
        seconds, enough = self.wrong.stream_s, self.wrong.stream_until
        if (seconds is None and enough is None) or not asked.get("stream"):
            yield from upstream.chat(deployment, asked)
            return
        for number in range(max(1, round((LONGEST_S if seconds is None else seconds) / CHUNK_S))):
            time.sleep(CHUNK_S)
            yield f"{number} "
            if enough is not None and Path(enough).exists():
                return
        if enough is not None:
            raise ConnectionAbortedError("nobody said that it is enough")


def _events(name: str, pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in filter(None, pieces):  # Ollama's last line holds counts and no text
        yield json.dumps(answers.chunk(name, piece)).encode()
    yield json.dumps(answers.chunk(name, None)).encode()
    yield b"[DONE]"
