"""models.yaml: what is read, and every way in which it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.settings import Model, load_models
from ccdeploy.settings.reference import model_rows

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "models.yaml"
DIGEST = "0123456789abcdef" * 4


def faults(text: str) -> list[tuple[str | None, str]]:
    """(where, message) of every finding that refuses `text`."""
    with pytest.raises(Refused) as caught:
        load_models(text, "m.yaml")
    return [(f.where, f.message) for f in caught.value.findings]


def test_the_shipped_file_knows_the_three_models_of_the_incident() -> None:
    """Their sizes are why the project exists; a plan will reckon with them."""
    known = load_models(SHIPPED.read_bytes(), "configs/models.yaml").models
    assert {name: model.file_size_bytes for name, model in known.items()} == {
        "qwen2.5-coder:32b-instruct": 19_850_000_000,
        "qwen-fast:latest": 4_680_000_000,
        "qwen-quality-128k:latest": 34_810_000_000,
    }
    assert {name: (model.layers, model.kv_heads, model.head_dim) for name, model in known.items()} == {
        "qwen2.5-coder:32b-instruct": (64, 8, 128),
        "qwen-fast:latest": (28, 4, 128),
        "qwen-quality-128k:latest": (64, 8, 128),
    }
    assert {name: (model.embedding, model.heads, model.vocabulary) for name, model in known.items()} == {
        "qwen2.5-coder:32b-instruct": (5120, 40, 152_064),
        "qwen-fast:latest": (3584, 28, 152_064),
        "qwen-quality-128k:latest": (5120, 40, 152_064),
    }


def test_what_is_not_written_is_unknown() -> None:
    """A zero would be a claim, and a plan would believe it."""
    (model,) = load_models("models: {tiny:latest: {}}", "m").models.values()
    assert model == Model(name="tiny:latest")
    assert set(model.model_dump(exclude={"name"}).values()) == {None}


def test_a_digest_is_read_in_both_spellings_of_ollama() -> None:
    """Its API writes a colon, its file names and FROM lines a hyphen; two names over one file must compare equal."""
    text = f"models:\n  a:x: {{blob: sha256-{DIGEST}}}\n  b:x: {{blob: 'sha256:{DIGEST}'}}\n"
    assert {model.blob for model in load_models(text, "m").models.values()} == {f"sha256:{DIGEST}"}


@pytest.mark.parametrize("name", ["qwen2.5-coder:32b-instruct-q4_K_M", "me/mine:1b", "hf.co/me/mine-GGUF:Q4_K_M"])
def test_every_name_that_ollama_admits_is_a_name(name: str) -> None:
    """Models come from elsewhere too."""
    assert list(load_models(f"models: {{'{name}': {{}}}}", "m").models) == [name]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("layers: 0", "0 is no count"),
        ("kv_heads: -1", "-1 is no count"),
        ("head_dim: 128.5", "128.5 is no count"),
        ("trained_context: 32k", "'32k' is no count"),
        ("num_ctx: true", "True is no count"),
        ("file_size: big", "no size"),
        ("file_size: 0GB", "is not above zero"),
        ("blob: sha256:abc", "is no digest"),
        ("blob: 12", "is no string"),
        ("heads: 0", "0 is no count"),
        ("embedding: 5120.0", "5120.0 is no count"),
        ("vocabulary: many", "'many' is no count"),
        ("completion: 1", "is neither true nor false"),
        ("completion: 'yes'", "is neither true nor false"),
        ("layer: 3", "there is no such key; did you mean layers?"),
        ("name: other", "there is no such key"),
    ],
)
def test_each_wrong_value_is_refused_with_its_line(line: str, words: str) -> None:
    """A figure that is wrong by a unit makes a plan that is wrong by a model."""
    ((where, message),) = faults(f"models:\n  tiny:latest:\n    {line}\n")
    assert where == "m.yaml:3"
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("[]", "no mapping; write 'models:'"),
        ("models: []", "models: is no mapping"),
        ("modles: {}", "did you mean models?"),
        ("models: {tiny: {}}", "with its tag"),
        ("models: {1: {}}", "with its tag"),
        ("models: {a:x: big}", "is no mapping"),
        ("models: {a:x: {}, a:x: {}}", "stands here again"),
        ("schema_version: 2\nmodels: []", "the file is of format 2"),
    ],
)
def test_each_wrong_shape_is_refused(text: str, words: str) -> None:
    """No traceback reaches a user."""
    assert any(words in message for _, message in faults(text))


def test_every_key_is_in_the_reference_and_has_a_meaning() -> None:
    """docs are made from it."""
    keys = [key.rpartition(".")[2] for key, _, _, meaning in model_rows() if meaning]
    assert keys == [
        "file_size", "layers", "heads", "kv_heads", "embedding", "head_dim", "feed_forward", "vocabulary",
        "trained_context", "window", "window_layers", "completion", "blob", "num_ctx",
    ]  # fmt: skip
