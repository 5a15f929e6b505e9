"""What is announced of the answers: the order, the loads, and what nobody can know."""

from __future__ import annotations

from dataclasses import replace

from ccdeploy.litellm.config import parse_config
from ccdeploy.litellm.question import questions
from ccdeploy.ollama.answers import Resident
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.operations.deep.announcement import announcement
from ccdeploy.operations.deep.course import Course, course
from ccdeploy.operations.deep.host_ollama import HostOllama
from tests.ollama.planning.incident import CODER, FAST, GIB, QUALITY

URL = "http://127.0.0.1:11434"
EMBEDS = Model("embeds:latest", "sha256-e", GIB, 12, 12, 12, 768, 64, 2048, 30_522, is_completion=False)
MODELS = {model.name: model for model in (CODER, EMBEDS, FAST, QUALITY)}
HOST = HostOllama(URL, Server("0.33.0", 48 * GIB), MODELS, ())


def entry(name: str, model: str, more: str = "", info: str = "") -> str:
    """Return one entry of model_list."""
    base = "" if "api_base" in more else f", api_base: '{URL}'"
    return f"  - {{model_name: {name}, litellm_params: {{model: {model}{base}{more}}}, model_info: {{{info}}}}}\n"


def of(*entries: str, host: HostOllama | None = HOST) -> Course:
    """Return the course over a config of these entries."""
    text = "model_list:\n" + "".join(entries)
    config = parse_config({"config.yaml": text.encode()}, "config.yaml", "config.yaml")
    return course(config, questions(config), {}, host)


def told(found: Course) -> list[tuple[str, bool | None]]:
    """Return the names in their order, and whether each is a load."""
    return [(stop.question.name, stop.load) for stop in found.stops]


def loaded(model: Model, num_ctx_tokens: int) -> Resident:
    """Return a model as /api/ps shows it."""
    return Resident(model.name, "digest", 20 * GIB, 20 * GIB, num_ctx_tokens)


CODERS = entry("coder", "ollama_chat/qwen2.5-coder:32b-instruct", ", num_ctx: 8192")
LARGE = entry("large", "ollama_chat/qwen-quality-128k", ", num_ctx: 32768")


def test_what_is_loaded_now_comes_first_and_costs_nothing() -> None:
    """In the order of the file it would be evicted and loaded again."""
    found = of(LARGE, CODERS, host=replace(HOST, held=(loaded(CODER, 8192),)))
    assert (told(found), found.loads) == ([("coder", False), ("large", True)], 1)
    assert list(announcement(found)) == [
        "asks 2 names for a small answer each: coder, large",
        "this will cost 1 load: qwen-quality-128k:latest for large (evicts qwen2.5-coder:32b-instruct)",
    ]


def test_another_context_of_a_loaded_model_is_a_load() -> None:
    """Ollama loads it anew, with any memory."""
    assert told(of(CODERS, host=replace(HOST, held=(loaded(CODER, 32768),)))) == [("coder", True)]


def test_a_context_that_nobody_names_is_the_one_that_is_loaded() -> None:
    """Ollama takes it by its memory, which is not known here, and before 0.10 does not even show it."""
    unknown = replace(HOST, server=Server("0.33.0", None), held=(loaded(FAST, 4096),))
    assert told(of(entry("fast", "ollama_chat/qwen-fast"), host=unknown)) == [("fast", False)]
    old = replace(HOST, held=(replace(loaded(CODER, 1), num_ctx_tokens=None),))
    assert told(of(CODERS, host=old)) == [("coder", False)]


def test_a_model_that_only_embeds_is_asked_to_embed() -> None:
    """A chat with it is refused, whatever the config calls it."""
    found = of(entry("e", "ollama/embeds"), entry("said", "ollama/embeds", info="mode: embedding"))
    assert [stop.question.path for stop in found.stops] == ["/v1/embeddings"] * 2
    assert told(found) == [("e", True), ("said", False)]


def test_what_chance_decides_is_not_announced_as_a_number() -> None:
    """LiteLLM takes one of the deployments of a name; which one, nobody knows."""
    found = of(CODERS, entry("two", "ollama_chat/qwen-fast"), entry("two", "ollama_chat/qwen-quality-128k"))
    assert (found.loads, found.least_loads) == (None, 1)
    assert "is not known (which of its 2 deployments answers 'two'); at least 1 load" in list(announcement(found))[1]


def test_without_the_memory_the_least_is_told() -> None:
    """Nobody knows who has to go, but each has to be loaded once."""
    found = of(CODERS, LARGE, host=replace(HOST, server=Server("0.33.0", None)))
    assert (found.loads, found.least_loads) == (None, 2)
    assert found.unknown == ("how much memory Ollama has for models",)


def test_without_ps_nothing_is_known() -> None:
    """All of it may be loaded already."""
    found = of(CODERS, LARGE, host=replace(HOST, held=None))
    assert (found.loads, found.least_loads) == (None, 0)


def test_a_model_of_which_too_little_is_known_says_what() -> None:
    """Unknown is never zero."""
    bare = Model(FAST.name, "sha256-b")
    found = of(entry("fast", "ollama_chat/qwen-fast"), host=replace(HOST, models={FAST.name: bare}))
    assert found.loads is None
    assert "layers" in found.unknown[0]


def test_what_leaves_the_host_is_named() -> None:
    """It may cost money, and a model of ollama.com is listed here and runs there."""
    found = of(
        entry("paid", "anthropic/claude"),
        entry("other", "ollama_chat/qwen-fast", ", api_base: 'http://192.0.2.7:11434'"),
        entry("cloud", "ollama_chat/qwen-fast"),
        host=replace(HOST, remote=frozenset({FAST.name})),
    )
    assert found.loads == 0
    away = {stop.question.name for stop in found.stops if stop.is_away}
    assert away == {"paid", "other", "cloud"}
    assert "other (ollama_chat/qwen-fast)" in list(announcement(found))[-1]


def test_an_ollama_that_is_silent_announces_nothing() -> None:
    """Its models cannot answer; those of others can, and cost it nothing."""
    found = of(CODERS, entry("paid", "anthropic/claude"), host=None)
    assert (found.loads, found.unknown) == (None, ("the host's Ollama does not answer",))
    assert [stop.question.name for stop in found.stops if stop.is_away] == ["paid"]
    assert of(entry("paid", "anthropic/claude"), host=None).loads == 0
