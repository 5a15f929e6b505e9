"""How a request for an alias arrives at Ollama, against what the real LiteLLM sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccdeploy.litellm.arrival import Absence, Arrival, arrivals
from ccdeploy.litellm.config import Config, parse_config
from tests.litellm.arrivals import CASES, NOTHING, REFUSED, Ask, asks, environment, heads

BASE = "http://127.0.0.1:11434"
ENV = environment(BASE)
PATHS = {"ollama_chat": "/api/chat", "ollama": "/api/generate", "openai": "/v1/chat/completions"}


def config(text: str) -> Config:
    """The config in `text`."""
    return parse_config({"c.yaml": text.encode()}, "c.yaml", "c.yaml")


def one(params: str, more: str = "") -> Config:
    """A config of one alias, `a`."""
    return config(f"model_list: [{{model_name: a, litellm_params: {{{params}}}}}]\n{more}")


def told(ask: Ask, arrival: Arrival) -> str:
    """Return an arrival as the case files write it."""
    path = "/api/embed" if ask.is_embedding else PATHS[arrival.provider]
    context = REFUSED if arrival.num_ctx_absence is Absence.REFUSED else json.dumps(arrival.num_ctx_tokens)
    keep = REFUSED if arrival.keep_alive_absence is Absence.REFUSED else json.dumps(arrival.keep_alive)
    return f"{ask} -> {path} {arrival.model} num_ctx={context} keep_alive={keep}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_requests_arrive_as_the_real_litellm_sent_them(case: Path) -> None:
    """A plan that counts on a context which never arrives is wrong about every load."""
    found = config(case.read_text())
    lines = [
        line
        for ask in asks(case)
        for line in sorted({told(ask, a) for a in arrivals(found, ask.name, ENV, is_embedding=ask.is_embedding)})
        or [f"{ask} -> {NOTHING}"]
    ]
    assert lines == heads(case, "arrives")


@pytest.mark.parametrize(
    ("params", "env", "num_ctx", "keep_alive"),
    [
        ("model: ollama_chat/q", {}, Absence.NOT_SET, Absence.NOT_SET),
        ("model: ollama/q, num_ctx: 1024, keep_alive: 5m", {}, None, Absence.NOT_CARRIED),
        ("model: openai/q, api_base: 'http://h/v1', num_ctx: 1, keep_alive: 5m", {}, *[Absence.NOT_CARRIED] * 2),
        ("model: openai/q, api_base: 'http://h/v1'", {}, Absence.NOT_SET, Absence.NOT_SET),
        ("model: ollama_chat/q, keep_alive: os.environ/KEEP", None, Absence.NOT_SET, Absence.NOT_RESOLVED),
        ("model: ollama_chat/q, num_ctx: os.environ/N", {"N": "1024"}, Absence.REFUSED, Absence.NOT_SET),
        ("model: ollama_chat/q, num_ctx: true, keep_alive: 5 minutes", {}, Absence.REFUSED, Absence.REFUSED),
    ],
)
def test_what_is_missing_has_its_reason(
    params: str, env: dict[str, str] | None, num_ctx: Absence | None, keep_alive: Absence | None
) -> None:
    """The remedy for a value that is not set is another than for one that the prefix loses."""
    (arrival,) = arrivals(one(params), "a", env)
    assert (arrival.num_ctx_absence, arrival.keep_alive_absence) == (num_ctx, keep_alive)
    assert (arrival.num_ctx_tokens is None) == (num_ctx is not None)
    assert (arrival.keep_alive is None) == (keep_alive is not None)


@pytest.mark.parametrize(
    ("params", "more", "env", "expected"),
    [
        ("model: ollama_chat/q", "", {}, "http://localhost:11434"),
        ("model: ollama_chat/q", "", {"OLLAMA_API_BASE": BASE}, BASE),
        ("model: ollama_chat/q", "environment_variables: {OLLAMA_API_BASE: 'http://h:1'}", ENV, "http://h:1"),
        ("model: ollama_chat/q, api_base: os.environ/BASE", "", ENV, BASE),
        ("model: ollama_chat/q, api_base: os.environ/BASE", "environment_variables: {BASE: 'http://h:1'}", {}, None),
        ("model: ollama_chat/q, api_base: os.environ/BASE", "", None, None),
        (
            "model: ollama_chat/q, api_base: 'http://h:1'",
            "litellm_settings: {api_base: 'http://i:2'}",
            ENV,
            "http://i:2",
        ),
        ("model: openai/q, api_base: 'http://h:1/v1'", "litellm_settings: {api_base: 'x'}", ENV, "http://h:1/v1"),
    ],
)
def test_the_address_is_the_one_that_litellm_asks(
    params: str, more: str, env: dict[str, str] | None, expected: str | None
) -> None:
    """Two aliases share memory only when they share an Ollama."""
    (arrival,) = arrivals(one(params, more), "a", env)
    assert arrival.api_base == expected


@pytest.mark.parametrize(
    "params", ["model: openai/gpt-4o", "model: anthropic/c, api_base: 'http://h'", "model: olama/q"]
)
def test_what_goes_to_others_does_not_arrive(params: str) -> None:
    """A model in the cloud takes no memory here; a provider that LiteLLM does not know serves nobody."""
    assert arrivals(one(params), "a", ENV) == ()


def test_an_arrival_knows_the_line_of_its_deployment() -> None:
    """A sentence about one of two deployments of a name must say which."""
    text = "model_list:\n" + "".join(
        f"- {{model_name: a, litellm_params: {{model: ollama_chat/{name}}}}}\n" for name in ("q", "r")
    )
    assert [(a.model, a.where) for a in arrivals(config(text), "a")] == [("q", "c.yaml:2"), ("r", "c.yaml:3")]


@pytest.mark.parametrize(
    "settings", ["routing_groups: 3", "routing_groups: [1, {group_name: a}]", "default_litellm_params: [1]"]
)
def test_settings_of_another_shape_change_nothing(settings: str) -> None:
    """Lint tells them; whoever asks for an alias gets its answer all the same."""
    (arrival,) = arrivals(one("model: ollama_chat/q, num_ctx: 1024", f"router_settings: {{{settings}}}"), "a")
    assert arrival.num_ctx_tokens == 1024
