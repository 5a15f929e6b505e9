"""A trace from a log: what the log tells, what the config adds, what was guessed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.trace import traces
from ccdeploy.operations.trace import trace
from ccdeploy.results import MadeTrace

CASES = Path(__file__).resolve().parents[1] / "cases"
CODER, FAST = "qwen2.5-coder:32b-instruct", "qwen-fast:latest"
MODELS = {
    CODER: Model(CODER, "sha256-aaaa1111", file_bytes=19_850_000_000),
    FAST: Model(FAST, "sha256-bbbb2222", file_bytes=4_680_000_000),
}
CONFIG = f"""
model_list:
- {{model_name: coder, litellm_params: {{model: ollama_chat/{CODER}, num_ctx: 16384, keep_alive: -1}}}}
- {{model_name: fast, litellm_params: {{model: ollama/{FAST}, num_ctx: 8192, keep_alive: 30m}}}}
"""


def config(text: str = CONFIG) -> Config:
    """The config in `text`."""
    return parse_config({"c.yaml": text.encode()}, "c.yaml", "c.yaml")


def made(log: str, alias: str | None = None, memory: int | None = 32 * 10**9, text: str = CONFIG) -> MadeTrace:
    """Make a trace of a case, or of a text."""
    lines = (CASES / log).read_text().splitlines() if log.endswith(".log") else log.splitlines()
    return trace(lines, "a.log", config(text), MODELS, memory_bytes=lambda: memory, alias=alias)


def asked(one: MadeTrace) -> list[tuple[str, int | None, float | None]]:
    """What arrives of each request."""
    return [(r["model"], r["num_ctx"], r["keep_alive_s"]) for r in one.trace["requests"]]


@pytest.mark.parametrize(("log", "alias"), [("accesslog/json.log", None), ("ollama/traffic/info.log", "coder")])
def test_what_is_made_is_a_trace(log: str, alias: str | None) -> None:
    """Whoever replays it reads it with the one reader."""
    one = made(log, alias)
    (read,) = traces(json.dumps(one.trace))
    assert len(read.requests) == len(one.trace["requests"])
    assert read.requests[0].at_s == 0


def test_contexts_and_keep_alive_are_those_of_the_config_by_prefix() -> None:
    """`ollama/` loses keep_alive; what came by openai/ yesterday comes as the config has it now."""
    one = made("accesslog/json.log")
    assert asked(one)[:4] == [(CODER, 16384, -1), (FAST, 8192, None), (FAST, 8192, None), (CODER, 16384, -1)]
    assert one.guessed == {"duration": 2}
    assert "nomic-embed-text:latest: no alias of c.yaml leads to it, so it comes without keep_alive" in one.notes


def test_ollamas_log_tells_the_server_and_how_long_loads_take() -> None:
    """An owner need not write down what the log says itself."""
    one = made("ollama/traffic/debug.log", memory=None)
    assert one.trace["ollama"]["gpu_total_bytes"] == 48 * 2**30
    assert one.trace["models"][CODER]["load_s"] == 9.01
    assert asked(one) == [(CODER, 16384, -1), ("hf.co/ada/small:Q8_0", 8192, None), (CODER, 16384, -1)]
    assert one.guessed == {}


def test_a_file_that_the_log_names_once_is_that_model_throughout() -> None:
    """Debug lines come with the restart that turned them on; what was before is of the same models."""
    lines = (CASES / "ollama/traffic/debug.log").read_text()
    one = trace(lines.splitlines(), "a.log", config(), {}, memory_bytes=lambda: None)
    assert {name: (m["blob"], m["load_s"]) for name, m in one.trace["models"].items()} == {
        CODER: ("sha256-aaaa1111", 9.01),
        "hf.co/ada/small:Q8_0": ("sha256-bbbb2222", 2.5),
    }


def test_a_client_that_left_gives_up_when_it_did() -> None:
    """A load that is aborted costs the evicted model all the same."""
    one = made("ollama/traffic/info.log", "fast")
    assert [r["gives_up_after_s"] for r in one.trace["requests"]] == [None, None, 60.0]
    assert one.left_out == 1  # for a model that is not there
    assert one.guessed == {"waited-for-load": 2, "alias": 1}
    assert one.trace["requests"][-1]["model"] == FAST
    assert one.trace["ollama"] | {"version": "0.33.0", "num_parallel": 2, "keep_alive_s": 600} == one.trace["ollama"]


def test_two_aliases_over_one_model_are_a_guess() -> None:
    """LiteLLM's line names the model and not the alias."""
    twice = CONFIG + f"- {{model_name: z, litellm_params: {{model: ollama_chat/{CODER}, num_ctx: 4096}}}}\n"
    assert made("accesslog/json.log", text=twice).guessed["one-of-several"] == 6


@pytest.mark.parametrize(
    ("log", "memory", "said", "remedy"),
    [
        ("", 1, "no line of it tells of a request", "LITELLM_LOG=INFO"),
        ("ssh 22/tcp\n", 1, "no line of it tells of a request", "name Ollama's log"),
        (
            'INFO:     127.0.0.1:1 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
            1,
            "no time and no model",
            "LITELLM_LOG=INFO",
        ),
        ("ollama/traffic/info.log", 1, "the request of 10:04:00 names no model", "OLLAMA_DEBUG=1"),
        ("accesslog/json.log", None, "tells the memory for models", "ollama.memory"),
    ],
)
def test_a_log_that_tells_too_little_is_refused_with_what_to_turn_on(
    log: str, memory: int | None, said: str, remedy: str
) -> None:
    """A trace that is made up would prove whatever one likes."""
    with pytest.raises(Refused, match=said) as refused:
        made(log, memory=memory)
    assert remedy in (refused.value.hint or "")


def test_an_alias_that_leads_nowhere_is_refused() -> None:
    """A typo would make every request one for nothing."""
    with pytest.raises(Refused, match="alias 'codr' leads to no Ollama"):
        made("ollama/traffic/info.log", alias="codr")
