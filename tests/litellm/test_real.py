"""What we say of LiteLLM, held against the LiteLLM that is installed. One import for all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.litellm import known
from ccdeploy.litellm.config import read_config
from ccdeploy.litellm.deployment import provider_of
from ccdeploy.litellm.promise import promise
from tests.litellm import arrivals, known_lists
from tests.litellm.cases import CASES, FOLDER, Case

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]

Load = Callable[[Case], tuple[list[str], bool]]


@pytest.fixture(scope="module")
def lists() -> dict[str, tuple[str, ...]]:
    """The names that the installed LiteLLM knows."""
    return known_lists.collect()


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a case as `litellm --config` does: (the names that it would serve, whether it starts `ollama serve`)."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("LITELLM_MASTER_KEY", "made-up-for-this-test")
    from litellm.proxy import proxy_server

    started: list[bool] = []
    monkeypatch.setattr(proxy_server, "run_ollama_serve", lambda: started.append(True))

    def loaded(case: Case) -> tuple[list[str], bool]:
        started.clear()
        config: Any = proxy_server.ProxyConfig()
        router, _, _ = asyncio.run(config.load_config(router=None, config_file_path=str(FOLDER / case.main)))
        return sorted(set(router.get_model_names())), bool(started)

    return loaded


@pytest.mark.parametrize("name", ["PROVIDERS", "BARE_MODELS", "TOP_LEVEL", "GENERAL_SETTINGS", "LITELLM_SETTINGS"])
def test_the_committed_names_are_those_of_the_installed_litellm(lists: dict[str, tuple[str, ...]], name: str) -> None:
    """After an update of LiteLLM: run tests/litellm/known_lists.py, and read what has changed."""
    if known_lists.version() != known.VERSION:
        pytest.skip(f"known.py is of LiteLLM {known.VERSION}, installed is {known_lists.version()}")
    assert frozenset(lists[name]) == getattr(known, name)


@pytest.mark.parametrize("name", ["ROUTER_SETTINGS", "LITELLM_PARAMS", "MODEL_INFO"])
def test_the_committed_keys_are_those_of_the_installed_litellm(lists: dict[str, tuple[str, ...]], name: str) -> None:
    """As above, for the keys of the router and of the deployments."""
    if known_lists.version() != known.VERSION:
        pytest.skip(f"known.py is of LiteLLM {known.VERSION}, installed is {known_lists.version()}")
    assert frozenset(lists[name]) == getattr(known, name)


@pytest.mark.parametrize("case", [c for c in CASES if c.litellm != "outside"], ids=lambda c: c.name)
def test_the_real_litellm_does_with_each_case_what_its_head_says(load: Load, case: Case) -> None:
    """The head is why the rule exists: what LiteLLM lets pass, and what it then does not serve."""
    if case.served is None:
        with pytest.raises(Exception):  # noqa: B017, PT011 - which of its own does not matter: it does not start
            load(case)
    else:
        assert load(case) == (case.served, "starts ollama" in case.litellm)


@pytest.mark.parametrize("case", [c for c in CASES if c.served is not None], ids=lambda c: c.name)
def test_the_promise_of_each_case_is_what_the_real_litellm_serves(load: Load, case: Case) -> None:
    """Verify compares the promise with /v1/models: a wrong promise would roll a good deploy back."""
    config = read_config(case.files, case.main, case.main)
    assert list(promise(config).all_names) == load(case)[0]


@pytest.mark.parametrize("case", arrivals.CASES, ids=lambda case: case.stem)
@pytest.mark.usefixtures("load")
def test_the_real_litellm_sends_to_ollama_what_each_case_says(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a plan counts on; when a release of LiteLLM sends otherwise, record the cases anew."""
    import litellm

    monkeypatch.setattr(litellm, "default_fallbacks", None)  # a case that was loaded before has set it
    expected = arrivals.heads(case, "arrives")
    assert arrivals.recorded(case, expected) == expected


@pytest.mark.parametrize(
    "model",
    [
        "ollama/x",
        "ollama_chat/x:latest",
        "Ollama/x",
        "olama/x",
        "openai/x/y",
        "qwen2.5-coder:32b",
        "gpt-4o",
        "*",
        "meta/x",
    ],
)
def test_providers_are_found_as_litellm_finds_them(load: Load, model: str) -> None:
    """A deployment whose provider LiteLLM does not find is dropped without a word."""
    import litellm

    try:
        expected = litellm.get_llm_provider(model=model, api_base="http://127.0.0.1:11434")[1]
    except litellm.exceptions.BadRequestError:
        expected = None
    assert provider_of(model) == expected
