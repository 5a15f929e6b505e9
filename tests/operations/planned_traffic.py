"""Traffic through a gateway to the sandbox's Ollama, and the same traffic as a plan sees it.

Nothing sleeps: a request is sent when the one before it was answered, or has begun to be.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from ccdeploy import app
from ccdeploy.litellm.config import parse_config
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import replay
from ccdeploy.ollama.trace import Request, Trace
from ccdeploy.operations.inventory import known
from ccdeploy.operations.plan import Basis
from ccdeploy.operations.plan.working_set import working_set
from ccdeploy.project import models
from tests.support.gateway import ask

INCIDENT = Path(__file__).parents[2] / "configs" / "litellm" / "initial-thrashing.yaml"
ROUND = ("claude-3-5-sonnet", "gpt-4", "gpt-4-turbo")  # the incident: all of its aliases, again and again
ROUNDS = 3
# Other contexts of a file, all three ways to Ollama, a model that goes at once, and one that stays longest.
MORE: dict[str, dict[str, str | int]] = {
    "kept": {"model": "ollama_chat/tiny:latest", "num_ctx": 2048, "keep_alive": "2h"},
    "short": {"model": "ollama_chat/qwen-fast:latest", "num_ctx": 8192, "keep_alive": "90m"},
    "written": {"model": "ollama/qwen-fast", "num_ctx": 4096},
    "once": {"model": "ollama_chat/qwen2.5-coder:32b-instruct", "num_ctx": 4096, "keep_alive": 0},
    "plain": {"model": "openai/tiny:latest", "api_key": "none"},
}
SERVED = {*ROUND, *MORE}
AFTERWARDS = ("kept", "plain", "short", "once", "written", "kept", "gpt-4", "plain", "short", "claude-3-5-sonnet")
ORDER = (*ROUND * ROUNDS, *AFTERWARDS)
BUSY, WAITING = "gpt-4", "gpt-4-turbo"  # at the end: the second needs the memory of the first, which still answers
TOKENS = 30  # of the busy one, at 20 a second: it is still answered when the other arrives
APART_S = 60.0  # in the plan: every load is over before the next request

Told = tuple[str, str, str, str]


def config_text(ollama_url: str) -> str:
    """Return the config of the incident without its health checks, and with more ways to ask for a model."""
    config = yaml.safe_load(INCIDENT.read_text())
    config["general_settings"] = {"master_key": "os.environ/LITELLM_MASTER_KEY"}
    config["router_settings"] = {"num_retries": 0}
    for name, params in MORE.items():
        base = f"{ollama_url}/v1" if name == "plain" else ollama_url
        config["model_list"].append({"model_name": name, "litellm_params": {**params, "api_base": base}})
    return yaml.safe_dump(config, sort_keys=False)


def planned(project: app.Project, text: str, server: Server, url: str) -> list[Told]:
    """Return what the plan says of the traffic: with the models of models.yaml, and what the config sends to Ollama."""
    there = models(project)
    assert there is not None
    inventory, config = known(there), parse_config({"planned.yaml": text.encode()}, "planned.yaml", "planned.yaml")
    basis = Basis(inventory, server, url=url, env={"OLLAMA_API_BASE": url})
    requests = []
    for place, alias in enumerate((*ORDER, BUSY, WAITING)):
        (member,) = working_set(config, (alias,), basis).members
        is_busy = place == len(ORDER)
        at_s = place * APART_S if place <= len(ORDER) else (place - 1) * APART_S + APART_S / 2
        duration_s = APART_S if is_busy else 0.5
        requests.append(Request(at_s, member.model.name, member.num_ctx_tokens, member.keep_alive_s, duration_s))
    found = replay(Trace("planned", server, inventory, tuple(requests)))
    in_time = [one for one in found.happenings if one.at_s < (len(ORDER) + 2) * APART_S]  # later keep_alives end
    return [(one.word, one.effect.blob, one.effect.model, str(one.effect.why)) for one in in_time]


@dataclass(frozen=True)
class Happened:
    """What the traffic led to, in its order, and how many loads each round of the incident cost."""

    events: list[Told]
    loads_per_round: float


def happened(port: int, key: str, ollama_port: int) -> Happened:
    """Send the traffic through the gateway to an Ollama that has nothing loaded, and return what it led to."""
    _ask_all(port, key, ROUND * ROUNDS)
    loads = ask(ollama_port, "/sandbox/log").json["loads"]
    _ask_all(port, key, AFTERWARDS)
    with _answering(port, key) as busy:
        answer = ask(port, "/v1/chat/completions", key, _body(WAITING))
        assert answer.status == 200, answer.body
        assert f"{TOKENS} " in busy.read().decode()  # the model was not taken from it
    events = ask(ollama_port, "/sandbox/log").json["events"]
    return Happened([(e["event"], e["blob"], e["model"], e["why"]) for e in events], loads / ROUNDS)


def _ask_all(port: int, key: str, order: Sequence[str]) -> None:
    for alias in order:
        answer = ask(port, "/v1/chat/completions", key, _body(alias))
        assert answer.status == 200, (alias, answer.body)


@contextmanager
def _answering(port: int, key: str) -> Iterator[http.client.HTTPResponse]:
    """Yield a stream that has begun."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = {**_body(BUSY), "stream": True, "max_tokens": TOKENS, "tokens_per_s": 20}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        response.readline()
        yield response
    finally:
        connection.close()


def _body(alias: str) -> dict[str, object]:
    return {"model": alias, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 1}
