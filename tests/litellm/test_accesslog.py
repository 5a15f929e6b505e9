"""What LiteLLM's log tells of its requests, from logs of a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccdeploy.litellm.accesslog import CallReader

CASES = Path(__file__).resolve().parents[1] / "cases" / "accesslog"
CODER, FAST, EMBED = "qwen2.5-coder:32b-instruct", "qwen-fast:latest", "nomic-embed-text"
BEGUN = "{} - LiteLLM:INFO: utils.py:4887 - \nLiteLLM completion() model= {}; provider = ollama_chat".format
ENDED = "{} - LiteLLM Router:INFO: router.py:1 - litellm.acompletion(model=ollama_chat/{})\x1b[32m 200 OK\x1b[0m".format
ACCESS = 'INFO:     127.0.0.1:52180 - "POST {} HTTP/1.1" 200 OK'.format


def reader(text: str) -> CallReader:
    """A reader that has read a log."""
    one = CallReader()
    for line in text.splitlines():
        one.read(line)
    return one


@pytest.mark.parametrize("name", ["plain", "json"])
def test_every_call_of_a_real_log_is_told_by_its_prefix_and_model(name: str) -> None:
    """A call that is missed makes the replayed hour quieter than the real one was."""
    calls = reader((CASES / f"{name}.log").read_text()).calls()
    assert [(c.provider, c.model) for c in calls] == [
        ("ollama_chat", CODER), ("ollama", FAST), ("openai", FAST), ("ollama_chat", CODER),
        ("ollama", EMBED), ("ollama", EMBED), ("ollama_chat", CODER), ("ollama_chat", CODER), ("ollama", FAST),
        ("ollama_chat", CODER), ("ollama", FAST), ("ollama_chat", CODER),
    ]  # fmt: skip
    assert [c.is_embedding for c in calls] == [c.model == EMBED for c in calls]


def test_json_logs_tell_how_long_a_call_took() -> None:
    """The answers took 0.4 s; those of /v1/messages and /v1/responses end with uvicorn's line."""
    calls = reader((CASES / "json.log").read_text()).calls()
    assert [c.took_s is None for c in calls] == [c.is_embedding for c in calls]
    assert all(0.4 < c.took_s < 0.8 for c in calls if c.took_s is not None)
    assert calls[0].at.isoformat() == "2026-11-25T01:47:57.204296"


def test_a_log_without_info_tells_neither_time_nor_model() -> None:
    """It is what most people have; they are told what to turn on, not given a made-up hour."""
    found = reader(f"{ACCESS('/v1/chat/completions')}\n{ACCESS('/health')}\n{ACCESS('/v1/embeddings')}\n")
    assert (found.calls(), found.untimed, found.is_any) == ([], 2, True)


def test_uvicorns_lines_in_json_tell_the_time_at_least() -> None:
    """`json_logs` without INFO: whoever knows whose the requests were can still replay them."""
    message = ACCESS("/v1/chat/completions").removeprefix("INFO:     ")
    line = json.dumps({"message": message, "level": "INFO", "timestamp": "2026-11-25T01:47:57.5"})
    (call,) = reader(line).calls()
    assert (call.at.isoformat(), call.model, call.status) == ("2026-11-25T01:47:57.500000", None, 200)


def test_a_health_check_that_never_ends_takes_no_requests_end() -> None:
    """It begins like a request. An hour of service would be made up for it."""
    text = "\n".join([BEGUN("10:00:00", "q"), BEGUN("11:00:00", "q"), ENDED("11:00:02", "q")])
    assert [c.took_s for c in reader(text).calls()] == [None, 2.0]


def test_a_night_is_not_a_step_back() -> None:
    """LiteLLM writes no date."""
    calls = reader(BEGUN("23:59:50", "q") + "\n" + BEGUN("00:00:10", "q") + "\n" + BEGUN("00:00:09", "q")).calls()
    assert [(c.at - calls[0].at).total_seconds() for c in calls] == [0, 19, 20]


@pytest.mark.parametrize(
    "line", ['{"message": "completion()', '{"a":' + "[" * 100_000 + " completion()", '{} "POST x', '"POST ']
)
def test_a_line_that_is_broken_is_no_call(line: str) -> None:
    """A log is cut anywhere, and holds what users send."""
    assert not reader(line).is_any
