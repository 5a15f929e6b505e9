"""Who may be asked for an answer, and with what."""

from __future__ import annotations

from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.litellm.question import questions
from ccdeploy.litellm.reply import reply_fault

CONFIG = """\
model_list:
  - {model_name: late, litellm_params: {model: ollama_chat/a, num_ctx: 8192}, model_info: {phases: [2]}}
  - {model_name: always, litellm_params: {model: ollama_chat/b, keep_alive: 30m}}
  - {model_name: embed, litellm_params: {model: ollama/c}, model_info: {mode: embedding, phases: [1, 2]}}
  - {model_name: draw, litellm_params: {model: openai/d}, model_info: {mode: image_generation}}
  - {model_name: theirs, litellm_params: {model: ollama_chat/e}, model_info: {team_id: t}}
  - {model_name: blocked, litellm_params: {model: ollama_chat/f}, model_info: {blocked: true}}
  - {model_name: "all/*", litellm_params: {model: "ollama_chat/*"}}
  - {model_name: dropped, litellm_params: {model: nobody/g}}
router_settings:
  model_group_alias: {hidden: {model: late, hidden: true}, lost: nowhere}
"""


def config_of(text: str) -> Config:
    """Return a config."""
    return parse_config({"config.yaml": text.encode()}, "config.yaml", "config.yaml")


def test_every_name_that_answers_is_asked_phase_by_phase() -> None:
    """A name of no phase is used from the first on; what cannot be asked says why."""
    found = questions(config_of(CONFIG))
    assert [(one.phase, one.name) for one in found if one.why_not is None] == [
        (1, "always"), (1, "embed"), (2, "late"), (2, "hidden"),
    ]  # fmt: skip
    assert {one.name: one.why_not for one in found if one.why_not} == {
        "draw": "not asked: there is no small request for mode 'image_generation'",
        "theirs": "not asked: only the keys of its team may",
        "all/*": "not asked: a pattern, and nobody says for which names",
    }


def test_a_question_brings_nothing_that_the_config_decides() -> None:
    """A context or a keep_alive of its own would load the model anew for the next user."""
    asked = {one.name: (one.path, one.body("mark")) for one in questions(config_of(CONFIG)) if one.why_not is None}
    assert asked["late"][0] == "/v1/chat/completions"
    assert set(asked["late"][1]) == {"model", "messages", "max_tokens", "disable_fallbacks"}
    assert asked["embed"] == (
        "/v1/embeddings",
        {"model": "embed", "input": "Answer with one word: ready (mark)", "disable_fallbacks": True},
    )


def test_no_phases_are_no_phase() -> None:
    """Most configs know none."""
    text = "model_list:\n  - {model_name: a, litellm_params: {model: ollama_chat/a}}\n"
    assert [(one.phase, one.name) for one in questions(config_of(text))] == [(None, "a")]


def test_an_answer_is_one_of_the_names_own_model() -> None:
    """A fallback's 200 looks like any other."""
    good = b'{"choices": [{"message": {"content": ""}}]}'
    assert reply_fault(200, {}, good) is None
    assert reply_fault(200, {"x-litellm-attempted-fallbacks": "0"}, b'{"data": [{"embedding": [0.1]}]}') is None
    told = reply_fault(200, {"x-litellm-attempted-fallbacks": "1", "x-litellm-model-group": "b"}, good)
    assert told == "its own model did not answer; 'b' did, the fallback after 1 of them"
    for body in (b"", b"[]", b"<html>", b'{"choices": []}', b"[" * 100_000):
        assert reply_fault(200, {}, body) == "answered 200 without an answer of a model"


def test_a_fault_is_litellms_first_sentence() -> None:
    """What the router appends for its own debugging names every other group."""
    body = b'{"error": {"message": "litellm.NotFoundError: no a.\\nReceived Model Group=a\\nAvailable Model ..."}}'
    assert reply_fault(404, {}, body) == "answered 404: litellm.NotFoundError: no a"
    assert reply_fault(502, {}, b"x" * 1000) == f"answered 502: {'x' * 300}…"
    assert reply_fault(500, {}, b"") == "answered 500: nothing"
