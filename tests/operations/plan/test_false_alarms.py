"""What looks like thrash and need not be: a deploy is refused for what is certain, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.ollama.model import Model
from tests.operations.plan.test_bad import GIB, entry, planned

LONG = Model("q:latest", "sha256-q", GIB, 28, 28, 4, 3584, 128, 131_072)
OURS = ", api_base: 'http://localhost:11434/v1'"


def test_a_context_that_the_memory_decides_may_be_the_same() -> None:
    """Who names none gets 4k, 32k or 256k by the memory, which is not known: with 32k nothing is loaded anew."""
    named, unnamed = entry("a", "ollama_chat/q", ", num_ctx: 32768"), entry("b", "openai/q", OURS)
    verdicts = [
        planned(named, unnamed, memory_bytes=memory, models={"q:latest": LONG}).phases[0].verdict
        for memory in (None, 20 * GIB, 32 * GIB)
    ]
    assert verdicts == ["unknown", "thrash", "stable"]


def test_a_context_that_differs_from_each_is_found_without_the_memory() -> None:
    """Whatever the tier is, 8k is not it."""
    entries = entry("a", "ollama_chat/q", ", num_ctx: 8192"), entry("b", "openai/q", OURS)
    assert planned(*entries, memory_bytes=None, models={"q:latest": LONG}).phases[0].verdict == "thrash"


@pytest.mark.parametrize(
    ("tokens", "verdict"), [(None, "thrash"), (16_384, "stable")], ids=["the tier's", "the model's own"]
)
def test_the_parameters_of_a_model_name_a_context_too(tokens: int | None, verdict: str) -> None:
    """A request over /v1 brings none, and gets that of the Modelfile."""
    models = {"q:latest": replace(LONG, num_ctx_tokens=tokens)}
    found = planned(entry("a", "ollama_chat/q", ", num_ctx: 16384"), entry("b", "openai/q", OURS), models=models)
    assert found.phases[0].verdict == verdict


def test_the_parameters_of_a_model_that_is_not_listed_are_not_known() -> None:
    """They may name the very context that the other alias asks for."""
    found = planned(entry("a", "ollama_chat/q", ", num_ctx: 4096"), entry("b", "openai/q", OURS), models={})
    assert (found.phases[0].verdict, found.exit_code) == ("unknown", 0)


def test_a_context_from_the_environment_is_not_known() -> None:
    """It is that of the other alias, for all that one knows."""
    found = planned(
        entry("a", "ollama_chat/q", ", num_ctx: 16384"),
        entry("b", "ollama_chat/q", ", num_ctx: os.environ/CONTEXT"),
        models={"q:latest": LONG},
    )
    assert (found.phases[0].verdict, found.exit_code) == ("unknown", 0)
    assert found.phases[0].missing == ("q:latest: num_ctx, from the environment",)


def test_a_wildcard_asks_for_no_one_model() -> None:
    """Two of them with different contexts are no two aliases over one file."""
    found = planned(
        entry("ollama_chat/*", "ollama_chat/*", ", num_ctx: 4096"), entry("ollama/*", "ollama/*", ", num_ctx: 8192")
    )
    assert (found.phases[0].verdict, found.exit_code) == ("unknown", 0)
    assert found.phases[0].missing[0] == "which models ollama_chat/* asks for"


def test_all_spellings_of_a_name_are_one_model() -> None:
    """Four models would be one too many for an Ollama that holds three."""
    spelt = ("q", "Q:latest", "library/q", "registry.ollama.ai/library/q:Latest")
    entries = (entry(name, f"ollama_chat/{name}", ", num_ctx: 4096") for name in spelt)
    found = planned(*entries, models={"q:latest": LONG})
    assert (found.phases[0].verdict, len(found.phases[0].models)) == ("stable", 1)


def test_two_names_with_the_same_figures_may_be_one_file() -> None:
    """`q:32b` and `q:32b-instruct` often are: only their digests tell, and then it is told."""
    models = {f"{name}:latest": replace(LONG, name=f"{name}:latest", file_bytes=19 * GIB) for name in "ab"}
    entries = [entry(name, f"ollama_chat/{name}", ", num_ctx: 4096") for name in "ab"]
    unknown = planned(*entries, models={name: replace(model, blob=name) for name, model in models.items()})
    assert (unknown.phases[0].verdict, unknown.phases[0].missing) == ("unknown", ("b:latest: blob",))
    told = planned(*entries, models={name: replace(model, blob=f"sha256-{name}") for name, model in models.items()})
    assert (told.phases[0].verdict, told.phases[0].missing) == ("thrash", ())


@pytest.mark.parametrize(
    "other",
    [
        entry("b", "openai/q", ", api_base: 'https://api.example.com/v1'"),
        entry("b", "hosted_vllm/q", ", api_base: 'http://localhost:8000/v1'"),
        entry("b", "ollama_chat/q", ", num_ctx: 8192, api_base: 'http://192.0.2.9:11434'"),
        entry("b", "openai/gpt-4o", ", api_base: os.environ/CLOUD"),
    ],
    ids=["a cloud", "another server", "another host", "an address that is not known"],
)
def test_where_no_host_is_named_the_config_tells_which_ollama_is_meant(other: str) -> None:
    """What goes elsewhere takes none of its memory, and reloads nothing there."""
    found = planned(entry("a", "ollama_chat/q", ", num_ctx: 4096"), other, models={"q:latest": LONG})
    assert [model.aliases for model in found.phases[0].models] == [("a",)]
    assert found.phases[0].verdict == "stable"


@pytest.mark.parametrize("params", ["num_ctx: '8192'", "num_ctx: 8192, keep_alive: '-1'"])
def test_what_ollama_refuses_loads_nothing(params: str) -> None:
    """It answers 400, which lint has told."""
    found = planned(
        entry("a", "ollama_chat/q", ", num_ctx: 4096"),
        entry("b", "ollama_chat/q", f", {params}"),
        models={"q:latest": LONG},
    )
    assert found.phases[0].verdict == "stable"
