"""The stand-in over HTTP, as LiteLLM and ccdeploy see it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.log.requests import served
from ccdeploy.ollama.log.startup import last_start, server
from ccdeploy.ollama.show import shown
from ccdeploy.sandbox.layout import layout_of
from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.ollama.__main__ import VERSION
from ccdeploy.sandbox.options import SandboxOptions
from tests.sandbox.clients import http_call
from tests.support.waiting import until

TINY = "tiny:latest"
HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A sandbox of two parts; loads take no time, so that only order counts."""
    folder = tmp_path_factory.mktemp("project")
    yield up(folder, options=SandboxOptions(hand_started=False, traefik=False, load_s=0, tokens_per_s=1000))
    down(folder)


@pytest.fixture
def port(sandbox: State) -> int:
    """The stand-in's port, with nothing in memory."""
    port = sandbox.ports["ollama"]
    for model in http_call(port, "/api/ps").json["models"]:
        http_call(port, "/api/generate", {"model": model["name"], "keep_alive": 0})
    return port


def log(port: int) -> Any:
    """Return the log of loads and evictions."""
    return http_call(port, "/sandbox/log").json


def resident(port: int) -> list[str]:
    """Return the names in memory."""
    return [m["name"] for m in http_call(port, "/api/ps").json["models"]]


def lines(port: int, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of a stream."""
    return [json.loads(line) for line in http_call(port, path, body).body.splitlines()]


def test_questions_load_nothing(port: int) -> None:
    """A verification may ask all of these."""
    before = log(port)["loads"]
    assert http_call(port, "/").body == b"Ollama is running"
    assert http_call(port, "/api/version").json["version"]
    assert TINY in {m["name"] for m in http_call(port, "/api/tags").json["models"]}
    assert TINY in {m["id"] for m in http_call(port, "/v1/models").json["data"]}
    assert http_call(port, "/api/show", {"model": TINY}).json["model_info"]["qwen2.context_length"] == 8192
    assert resident(port) == []
    assert log(port)["loads"] == before


def test_a_model_is_shown_with_all_that_memory_is_reckoned_from(port: int) -> None:
    """As the real one shows it: the plan of a sandbox is made from its own answers."""
    seen = shown(http_call(port, "/api/show", {"model": "qwen2.5-coder:32b-instruct"}).body)
    assert (seen.layers, seen.heads, seen.kv_heads, seen.embedding, seen.head_dim) == (64, 40, 8, 5120, 128)
    assert (seen.vocabulary, seen.train_ctx_tokens, seen.is_completion) == (152_064, 32_768, True)
    assert seen.blob is not None
    assert seen.blob != shown(http_call(port, "/api/show", {"model": TINY}).body).blob


def test_the_log_tells_settings_and_memory_as_the_real_one_does(sandbox: State) -> None:
    """What a plan reads of a host without loading anything."""
    path = layout_of(Path(sandbox.folder)).ollama_log
    found = last_start(path.read_text().splitlines())
    assert found is not None
    assert (found.version, found.total_bytes) == (VERSION, round(29.8 * 2**30))
    assert server(found, VERSION).keep_alive_s == 300


def test_a_stream_is_numbered_and_says_where_it_ends(port: int) -> None:
    """A stream that a deploy cut must be told from one that ended."""
    answer = lines(port, "/api/chat", {"model": TINY, "messages": HELLO, "options": {"num_predict": 5}})
    assert [line["done"] for line in answer] == [False] * 5 + [True]
    assert "".join(line["message"]["content"] for line in answer) == "1 2 3 4 5 "
    assert answer[-1]["done_reason"] == "stop"
    assert answer[-1]["eval_count"] == 5


def test_generate_answers_in_its_own_words(port: int) -> None:
    """The `ollama/` provider of LiteLLM uses it."""
    answer = lines(port, "/api/generate", {"model": TINY, "prompt": "hello", "options": {"num_predict": 2}})
    assert "".join(line["response"] for line in answer) == "1 2 "


def test_an_answer_without_a_stream_is_one_document(port: int) -> None:
    """LiteLLM asks so unless its client streams."""
    answer = http_call(
        port, "/api/chat", {"model": TINY, "messages": HELLO, "stream": False, "options": {"num_predict": 3}}
    ).json
    assert answer["message"] == {"role": "assistant", "content": "1 2 3 "}
    assert answer["done"] is True


def test_no_messages_load_or_unload_the_model(port: int) -> None:
    """It is how a model is loaded before it is needed, and let go of."""
    loaded = http_call(port, "/api/chat", {"model": TINY, "messages": [], "keep_alive": -1}).json
    assert (loaded["done_reason"], resident(port)) == ("load", [TINY])
    let_go = http_call(port, "/api/chat", {"model": TINY, "messages": [], "keep_alive": 0}).json
    assert (let_go["done_reason"], resident(port)) == ("unload", [])


def test_unloading_a_model_that_is_not_there_loads_nothing(port: int) -> None:
    """Ollama never loads for it."""
    before = log(port)["loads"]
    assert http_call(port, "/api/generate", {"model": TINY, "keep_alive": 0}).status == 200
    assert log(port)["loads"] == before


def test_an_eviction_stands_in_the_log_with_its_reason(port: int) -> None:
    """The promise that no model is loaded is asserted by this log."""
    for model in ("qwen2.5-coder:32b-instruct", "qwen-quality-128k:latest"):
        http_call(port, "/api/generate", {"model": model})
    events = log(port)["events"][-5:]
    assert [(e["event"], e["model"]) for e in events] == [
        ("load", "qwen2.5-coder:32b-instruct"),
        ("loaded", "qwen2.5-coder:32b-instruct"),
        ("unload", "qwen2.5-coder:32b-instruct"),
        ("load", "qwen-quality-128k:latest"),
        ("loaded", "qwen-quality-128k:latest"),
    ]
    assert events[2]["why"].startswith("room for qwen-quality-128k:latest: 43.4 GB expected, ")
    assert (events[0]["num_ctx"], events[0]["blob"][:7]) == (32_768, "sha256:")


def test_a_model_in_use_is_not_evicted_before_its_answer_is_whole(port: int) -> None:
    """Ollama waits for a busy model, and so does the request that wants its memory."""
    slow: list[list[dict[str, Any]]] = []
    body = {"model": "qwen2.5-coder:32b-instruct", "prompt": "x", "options": {"num_predict": 20, "tokens_per_s": 40}}
    thread = threading.Thread(target=lambda: slow.append(lines(port, "/api/generate", body)))
    thread.start()
    until(lambda: resident(port) == ["qwen2.5-coder:32b-instruct"], "the first model is in memory")
    http_call(port, "/api/generate", {"model": "qwen-quality-128k:latest"})
    thread.join()
    assert len(slow[0]) == 21
    assert resident(port) == ["qwen-quality-128k:latest"]


def test_what_does_not_fit_into_the_memory_shows_in_ps(port: int) -> None:
    """size_vram below size is how a partial offload is seen."""
    http_call(port, "/api/generate", {"model": "qwen-quality-128k:latest", "options": {"num_ctx": 8192}})
    [shown] = http_call(port, "/api/ps").json["models"]
    assert shown["size_vram"] == 32 * 10**9 < shown["size"]
    assert shown["context_length"] == 8192


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"model": "qwen-slow", "messages": HELLO}, 404, "model 'qwen-slow' not found"),
        ({"model": TINY, "messages": HELLO, "keep_alive": "-1"}, 400, 'time: missing unit in duration "-1"'),
        ({"model": TINY, "messages": HELLO, "keep_alive": "soon"}, 400, 'time: invalid duration "soon"'),
        ({"model": TINY, "messages": HELLO, "keep_alive": [1]}, 400, "as a duration"),
        (
            {"model": TINY, "messages": HELLO, "options": {"num_ctx": "many"}},
            500,
            'option "num_ctx" must be of type int',
        ),
        ({"model": TINY, "messages": HELLO, "options": [1]}, 400, "options"),
        ([1], 400, "a JSON object was expected"),
    ],
)
def test_a_bad_request_is_answered_as_ollama_does(port: int, body: object, status: int, said: str) -> None:
    """A mistake in a config must show in the sandbox as it would on the host."""
    answer = http_call(port, "/api/chat", body)
    assert answer.status == status
    assert said in answer.json["error"]


def test_the_api_of_openai_carries_no_context_and_no_keep_alive(port: int) -> None:
    """Aliases of LiteLLM that go there get the context of the memory's tier, whatever their config says."""
    asked = {"model": TINY, "messages": HELLO, "max_tokens": 2, "options": {"num_ctx": 1024}, "num_ctx": 1024}
    answer = http_call(port, "/v1/chat/completions", asked).json
    assert answer["choices"][0]["message"]["content"] == "1 2 "
    assert http_call(port, "/api/ps").json["models"][0]["context_length"] == 8192
    stream = http_call(port, "/v1/chat/completions", {**asked, "stream": True}).body.decode()
    assert [json.loads(line[6:])["choices"][0]["delta"]["content"] for line in stream.splitlines() if "{" in line] == [
        "1 ", "2 ", "",
    ]  # fmt: skip
    assert stream.endswith("data: [DONE]\n\n")
    missing = http_call(port, "/v1/chat/completions", {"model": "absent"})
    assert (missing.status, missing.json["error"]["type"]) == (404, "not_found_error")


def test_an_embedding_loads_its_model_even_with_nothing_to_embed(port: int) -> None:
    """A keep_alive of 0 unloads with every other call; this one loads first."""
    before = log(port)["loads"]
    answer = http_call(port, "/api/embed", {"model": TINY, "input": [], "keep_alive": 0})
    assert (answer.status, log(port)["loads"], resident(port)) == (200, before + 1, [])


def test_a_client_that_hangs_up_is_served_no_longer(sandbox: State, port: int) -> None:
    """Ollama stops for it, its log says 499, and the model may go."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = {"model": TINY, "prompt": "x", "stream": False, "options": {"num_predict": 10_000, "tokens_per_s": 1}}
    connection.request("POST", "/api/generate", json.dumps(body))
    until(lambda: resident(port) == [TINY], "its model is there")
    connection.close()
    lines = layout_of(Path(sandbox.folder)).ollama_log
    until(lambda: any(one.is_left for one in map(served, lines.read_text().splitlines()) if one), "the log says so")
    http_call(port, "/api/generate", {"model": TINY, "keep_alive": 0})
    assert resident(port) == []
