"""One question for an answer: what is sent, how long it waits, and what of a fault is shown."""

from __future__ import annotations

import json

import httpx

from ccdeploy.litellm.question import Question, questions
from ccdeploy.results import Check
from ccdeploy.secret import Secret
from ccdeploy.verify.deep import answer
from tests.verify.fakes import ENV, KEY, Reply, Server, config_of, guarded

PATH = "/v1/chat/completions"
CONFIG = """\
model_list:
  - model_name: paid
    litellm_params: {model: openai/gpt, api_key: literally-a-key}
"""
GOOD = httpx.Response(200, json={"choices": [{"message": {"content": "ready"}}]})


def asked(reply: Reply, timeout_s: float = 600.0) -> tuple[Check, Server]:
    """Ask for one answer; return what came of it, and who was asked."""
    (question,) = questions(config_of(CONFIG))
    assert isinstance(question, Question)
    server = Server({PATH: reply})
    return answer(server.client(), Secret(KEY), question, ENV, timeout_s), server


def test_an_answer_needs_the_key_and_time() -> None:
    """A load can take minutes; every other question of a verification ends within ten seconds."""
    check, server = asked(guarded(GOOD))
    assert (check.name, check.layer, check.status) == ("answer of paid", "model", "ok")
    assert server.asked[0].extensions["timeout"] == {"connect": 10.0, "read": 600.0, "write": 600.0, "pool": 600.0}


def test_no_two_questions_are_the_same() -> None:
    """An answer from a cache would prove nothing."""
    bodies = [json.loads(asked(GOOD)[1].asked[0].content)["messages"] for _ in range(2)]
    assert bodies[0] != bodies[1]


def test_a_late_answer_says_how_to_wait_longer() -> None:
    """Whoever has slow disks needs the option, not the advice to look elsewhere."""
    check, _ = asked(httpx.ReadTimeout(""), 90.0)
    assert (check.status, check.detail) == ("failed", "no answer within 1 min 30 s; --timeout waits longer")


def test_a_fault_shows_no_key() -> None:
    """Providers repeat the key that they refuse: the one of the config, of the environment, of the proxy."""
    said = f"no such key: literally-a-key, not {KEY}"
    check, _ = asked(httpx.Response(401, json={"error": {"message": said}}))
    assert check.detail == "answered 401: no such key: ***, not ***"
