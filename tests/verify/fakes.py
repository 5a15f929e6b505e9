"""Servers of one function: a proxy, an Ollama and a route that answer as they are told, and remember who asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.litellm.promise import promise
from ccdeploy.results import Check
from ccdeploy.secret import Secret
from ccdeploy.verify.ladder import Subject

KEY = "sk-made-up-for-verify"
BASE = "http://127.0.0.1:11434"
CONFIG = """\
model_list:
  - model_name: coder
    litellm_params:
      model: ollama_chat/tiny:latest
      api_base: os.environ/OLLAMA_API_BASE
      num_ctx: 8192
      keep_alive: 30m
    model_info: {phases: [1], disable_background_health_check: true}
  - model_name: fast
    litellm_params: {model: ollama_chat/fast, api_base: "http://127.0.0.1:11434"}
    model_info: {disable_background_health_check: true}
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  health_check_skip_disabled_background_models: true
"""
ENV = {"OLLAMA_API_BASE": Secret(BASE), "LITELLM_MASTER_KEY": Secret(KEY)}
LISTENER = Check("listener", "process", "ok")
Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def config_of(text: str = CONFIG) -> Config:
    """Return a config."""
    return parse_config({"config.yaml": text.encode()}, "config.yaml", "config.yaml")


def models(*names: str) -> httpx.Response:
    """Return what /v1/models answers."""
    return httpx.Response(200, json={"data": [{"id": name, "object": "model"} for name in names]})


def tags(*names: str) -> httpx.Response:
    """Return what /api/tags and /api/ps answer."""
    return httpx.Response(200, json={"models": [{"name": name, "size": 1} for name in names]})


def plain(status: int, text: str = "") -> httpx.Response:
    """Return an answer in plain text, as Traefik gives its own."""
    return httpx.Response(status, text=text, headers={"content-type": "text/plain; charset=utf-8"})


def refused(text: str = "nobody") -> httpx.ConnectError:
    """Return what a closed port raises, in whatever words."""
    error = httpx.ConnectError(text)
    error.__cause__ = ConnectionRefusedError(111, text)
    return error


@dataclass
class Server:
    """Answers by path; a reply may be an exception, a function, or a list that is used up from its front."""

    replies: dict[str, Reply | list[Reply]]
    asked: list[httpx.Request] = field(default_factory=list)
    base_url: str = "http://127.0.0.1:8081"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.url.path for request in self.asked]

    def client(self) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(transport=httpx.MockTransport(self._answer), base_url=self.base_url)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.get(request.url.path, httpx.Response(404, json={"detail": "Not Found"}))
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply


def info_rows(**changes: Any) -> httpx.Response:
    """Return what /v1/model/info answers for CONFIG; `changes` go into the parameters of `coder`."""
    coder = {"model": "ollama_chat/tiny:latest", "api_base": BASE, "num_ctx": 8192, "keep_alive": "30m"} | changes
    rows = [
        {"model_name": "coder", "litellm_params": coder, "model_info": {"id": "x", "phases": [1]}},
        {"model_name": "fast", "litellm_params": {"model": "ollama_chat/fast", "api_base": BASE}, "model_info": {}},
    ]
    return httpx.Response(200, json={"data": rows})


def proxy_server(**changes: Reply | list[Reply]) -> Server:
    """Return a proxy that serves CONFIG; `changes` are replies by the last word of their path."""
    replies: dict[str, Reply | list[Reply]] = {
        "/health/liveliness": httpx.Response(200, json="I'm alive!"),
        "/health/readiness": httpx.Response(200, json={"status": "healthy"}),
        "/v1/models": guarded(models("coder", "fast")),
        "/v1/model/info": guarded(info_rows()),
        "/health": guarded(httpx.Response(200, json={"healthy_count": 0, "unhealthy_count": 0})),
    }
    by_word = {path.rpartition("/")[2]: path for path in replies}
    return Server(replies | {by_word[word]: reply for word, reply in changes.items()})


def guarded(reply: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Return a reply for the right key; a wrong one and none are answered as LiteLLM does without a database."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = request.headers.get("authorization")
        if given is None:
            return plain(500, "Internal Server Error")
        if given != f"Bearer {KEY}":
            return httpx.Response(400, json={"error": {"type": "no_db_connection"}})
        return reply

    return answer


def ollama_server(tag_reply: Reply | None = None, resident: list[Reply] | None = None) -> Server:
    """Return an Ollama that has both models."""
    replies: dict[str, Reply | list[Reply]] = {
        "/api/tags": tag_reply or tags("tiny:latest", "fast:latest"),
        "/api/ps": resident or tags(),
    }
    return Server(replies, base_url=BASE)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2026, 1, 31, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


def subject(
    local: Server, ollama: Server | None = None, public: Server | None = None, text: str = CONFIG, **more: Any
) -> Subject:
    """Return what is verified."""
    config = config_of(text)
    ollamas: Mapping[str, httpx.Client] = {BASE: (ollama or ollama_server()).client()}
    fields: dict[str, Any] = {"key": Secret(KEY), "env": ENV, "promise": promise(config), "clock": Clock()} | more
    return Subject(local.client(), ollamas, public.client() if public else None, config, **fields)


def body(value: object) -> bytes:
    """Return JSON."""
    return json.dumps(value).encode()
