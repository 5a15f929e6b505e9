"""The contract that the stand-in keeps, held against the real LiteLLM too."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.litellm import known
from tests.support.gateway import KEY, Gateway, gateway, is_open
from tests.support.standin_litellm import VERSION
from tests.support.stream import Stream
from tests.support.tiny_ollama import TinyOllama, tiny_ollama
from tests.support.waiting import until

CONFIG = """\
include: [parts/more.yaml]
model_list:
  - model_name: coder
    litellm_params:
      model: ollama_chat/coder:latest
      api_base: os.environ/CONTRACT_OLLAMA
      api_key: os.environ/CONTRACT_UNSET
      num_ctx: 8192
      keep_alive: 30m
    model_info: {phases: [1], agents: ["1-10"]}
  - model_name: fast
    litellm_params: {model: "ollama_chat/fast:latest", api_base: os.environ/CONTRACT_OLLAMA}
  - model_name: typo
    litellm_params: {model: olama/fast, api_base: os.environ/CONTRACT_OLLAMA}
  - model_name: "any/*"
    litellm_params: {model: "ollama_chat/*", api_base: os.environ/CONTRACT_OLLAMA}
router_settings:
  model_group_alias: {gpt-4: coder, unseen: {model: fast, hidden: true}}
"""
INCLUDED = """\
model_list:
  - model_name: included
    litellm_params: {model: "ollama_chat/included:latest", api_base: os.environ/CONTRACT_OLLAMA}
"""
HELLO = [{"role": "user", "content": "hello"}]
DEFAULTS = {
    "allow_client_keepalive_override": False,
    "use_in_pass_through": False,
    "use_litellm_proxy": False,
    "use_xai_oauth": False,
    "merge_reasoning_content_in_choices": False,
}
STANDIN = [sys.executable, "-S", str(Path(__file__).with_name("standin_litellm.py"))]
REAL = [str(Path(sys.executable).with_name("litellm"))]
# The real one is asked to leave the network alone, and to read no .env that it finds on its way up.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}


@pytest.fixture(scope="module")
def ollama() -> Iterator[TinyOllama]:
    """An Ollama that remembers what it was asked."""
    with tiny_ollama() as running:
        yield running


@pytest.fixture(
    scope="module",
    params=["standin", pytest.param("real", marks=[pytest.mark.real, pytest.mark.xdist_group("real")])],
)
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ollama: TinyOllama
) -> Iterator[Gateway]:
    """One proxy for the whole contract: the real one takes ten seconds to boot."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "parts").mkdir()
    (folder / "parts" / "more.yaml").write_text(INCLUDED)
    argv, environment = (STANDIN, {}) if request.param == "standin" else (REAL, OFFLINE)
    with gateway(argv, folder, environment={"CONTRACT_OLLAMA": ollama.url, **environment}) as running:
        yield running.ready()


@pytest.fixture
def calls(ollama: TinyOllama, proxy: Gateway) -> TinyOllama:
    """The Ollama with nothing remembered yet."""
    ollama.requests.clear()
    return ollama


def test_the_public_health_endpoints_ask_for_no_key_and_call_no_model(proxy: Gateway, calls: TinyOllama) -> None:
    """They are what deploys poll; a model call there would be the founding incident."""
    assert [proxy.ask(f"/health/{name}", key=None).json for name in ("liveliness", "liveness")] == ["I'm alive!"] * 2
    assert proxy.ask("/health/readiness", key=None).json == {"status": "healthy", "db": "Not connected"}
    assert calls.model_calls == []


def test_the_served_names_are_what_litellm_can_resolve(proxy: Gateway, calls: TinyOllama) -> None:
    """Unknown providers are silently missing, group aliases are served, wildcards are expanded."""
    assert proxy.names() == ["gpt-4", "coder", "fast", "included", "any/llama2"]
    assert proxy.ask("/models").json == proxy.ask("/v1/models").json
    assert calls.model_calls == []


def test_model_info_shows_the_config_without_keys(proxy: Gateway, calls: TinyOllama) -> None:
    """Drift is found here: a field that only one of them showed would be drift on every host."""
    shown = proxy.ask("/v1/model/info").json["data"]
    ids = [entry["model_info"].pop("id") for entry in shown]
    assert all(len(i) == 64 and set(i) <= set("0123456789abcdef") for i in ids)
    assert shown == _expected_info(calls.url)
    assert proxy.ask("/model/info").status == 200
    assert calls.model_calls == []


def _expected_info(url: str) -> list[dict[str, Any]]:
    coder = {"model": "ollama_chat/coder:latest", "num_ctx": 8192, "keep_alive": "30m"}
    ours = {"phases": [1], "agents": ["1-10"]}
    table: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("coder", coder, ours),
        ("fast", {"model": "ollama_chat/fast:latest"}, {}),
        ("any/llama2", {"model": "any/llama2"}, {}),
        ("included", {"model": "ollama_chat/included:latest"}, {}),
        ("gpt-4", coder, ours),
    ]
    added = {"db_model": False, "member_auto_router": False, "pricing_overrides": []}
    return [
        {"model_name": name, "litellm_params": {**DEFAULTS, "api_base": url, **params}, "model_info": {**added, **info}}
        for name, params, info in table
    ]


def test_a_wrong_key_is_400_and_none_is_500(proxy: Gateway) -> None:
    """Without a database neither answer means that the proxy is down."""
    wrong = proxy.ask("/v1/models", key="sk-wrong")
    assert (wrong.status, wrong.json["error"]["type"]) == (400, "no_db_connection")
    none = proxy.ask("/v1/models", key=None)
    assert (none.status, none.body) == (500, b"Internal Server Error")
    assert proxy.ask("/health", key=None).status == 500


def test_the_backlog_counts_its_own_request(proxy: Gateway) -> None:
    """Idle is one, not zero: a drain that waits for zero waits for ever."""
    expected = {"in_flight_requests": 1, "admitted_requests": 0, "queued_requests": 0, "rejected_requests": 0}
    # The one before is counted until its thread has seen that it was answered.
    until(lambda: proxy.ask("/health/backlog").json == expected, "a counter that says one")


def test_health_calls_every_model(proxy: Gateway, calls: TinyOllama) -> None:
    """This is how health checks load models; only a wildcard is spared."""
    answer = proxy.ask("/health")
    assert (answer.status, answer.json["healthy_count"], answer.json["unhealthy_count"]) == (200, 3, 1)
    assert sorted(c["model"] for c in calls.model_calls) == ["coder:latest", "fast:latest", "included:latest"]
    assert {c["options"].get("num_ctx") for c in calls.model_calls if c["model"] == "coder:latest"} == {8192}


def test_health_of_one_model_calls_that_one(proxy: Gateway, calls: TinyOllama) -> None:
    """An alias that is resident may be asked; one that nobody serves answers 503 and calls none."""
    assert proxy.ask("/health?model=fast").json["healthy_count"] == 1
    assert proxy.ask("/health?model=nobody").status == 503
    assert [c["model"] for c in calls.model_calls] == ["fast:latest"]


def test_a_completion_carries_context_and_keep_alive_to_ollama(proxy: Gateway, calls: TinyOllama) -> None:
    """The group alias takes its group's parameters along."""
    answer = proxy.ask("/v1/chat/completions", body={"model": "gpt-4", "messages": HELLO})
    assert answer.json["choices"][0]["message"]["content"].split() == ["0", "1", "2"]
    assert re.fullmatch(r"1\.\d+\.\d+", answer.headers["x-litellm-version"])
    (sent,) = calls.model_calls
    assert (sent["model"], sent["options"], sent["keep_alive"]) == ("coder:latest", {"num_ctx": 8192}, "30m")


def test_a_clients_own_context_overrides_the_config(proxy: Gateway, calls: TinyOllama) -> None:
    """No deploy can prevent it: the plan has to say so."""
    asked = {"model": "coder", "messages": HELLO, "num_ctx": 4096, "keep_alive": "5s", "max_tokens": 7}
    proxy.ask("/v1/chat/completions", body=asked)
    (sent,) = calls.model_calls
    assert (sent["options"], sent["keep_alive"]) == ({"num_ctx": 4096, "num_predict": 7}, "5s")


def test_a_model_that_nobody_serves_is_400(proxy: Gateway, calls: TinyOllama) -> None:
    """The name of a skipped deployment is as unknown as any other."""
    assert proxy.ask("/v1/chat/completions", body={"model": "typo", "messages": HELLO}).status == 400
    assert calls.model_calls == []


def test_other_paths_are_404_and_other_methods_405(proxy: Gateway) -> None:
    """Traefik's own 404 looks otherwise; verify tells them apart by the body."""
    assert proxy.ask("/nothing").json == {"detail": "Not Found"}
    assert proxy.ask("/health/liveliness", body={}).status == 405


def test_the_log_says_when_it_listens(proxy: Gateway) -> None:
    """People look for this line."""
    assert "INFO:     Application startup complete." in proxy.log
    assert f"INFO:     Uvicorn running on http://127.0.0.1:{proxy.port} (Press CTRL+C to quit)" in proxy.log


def test_sigterm_closes_the_port_at_once_and_finishes_streams(proxy: Gateway) -> None:
    """A restart rests on this; it is the last test because it ends the proxy."""
    with Stream(proxy.port, KEY, "coder", max_tokens=200) as stream:
        stream.wait_for_chunks(2)
        proxy.process.terminate()
        until(lambda: not is_open(proxy.port), "the port to close", 5)
        assert proxy.is_alive
        assert not stream.is_over
        with socket.socket() as successor:  # the port is free for the next proxy meanwhile
            successor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            successor.bind(("127.0.0.1", proxy.port))
        assert stream.finished().is_complete
    assert proxy.ended() == -15  # a shell sees 143


def test_the_stand_in_says_which_litellm_it_was_last_held_against() -> None:
    """The lists of known names are of one version; a stand-in of another would show a host that cannot be."""
    assert VERSION == known.VERSION


def test_two_requests_on_one_connection(one_alias: Gateway) -> None:
    """Clients keep connections; the stand-in must not answer only the first request."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", one_alias.port, timeout=5)
    for _ in range(2):
        connection.request("GET", "/health/liveliness")
        assert connection.getresponse().read() == b'"I\'m alive!"'
    connection.close()


@pytest.fixture
def one_alias(tmp_path: Path, ollama: TinyOllama) -> Iterator[Gateway]:
    """A stand-in of its own, with one alias."""
    (tmp_path / "config.yaml").write_text(
        "model_list: [{model_name: one, litellm_params: {model: ollama_chat/one, api_base: os.environ/URL}}]\n"
    )
    with gateway(STANDIN, tmp_path, environment={"URL": ollama.url}) as running:
        yield running.ready()
