"""What a project knows of its models, as a plan takes it."""

from __future__ import annotations

from pathlib import Path

from ccdeploy.operations.inventory import known
from ccdeploy.settings import load_models

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "models.yaml"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_every_figure_of_the_file_reaches_the_plan() -> None:
    """One that is lost on the way is unknown, and so is all that is reckoned from it."""
    model = known(load_models(SHIPPED.read_bytes(), "m"))["qwen2.5-coder:32b-instruct"]
    assert (model.file_bytes, model.layers, model.heads, model.kv_heads) == (19_850_000_000, 64, 40, 8)
    assert (model.embedding, model.head_dim, model.vocabulary) == (5120, 128, 152_064)
    assert (model.feed_forward, model.window_tokens, model.window_layers) == (27_648, None, None)
    assert (model.train_ctx_tokens, model.num_ctx_tokens, model.is_completion) == (32_768, None, True)


def test_windows_and_contexts_reach_the_plan() -> None:
    """They make a long context of some models cheap, and of others impossible."""
    text = "models: {a:x: {window: 512, window_layers: 15, trained_context: 32768, num_ctx: 8192}}"
    (model,) = known(load_models(text, "m")).values()
    assert (model.window_tokens, model.window_layers) == (512, 15)
    assert (model.train_ctx_tokens, model.num_ctx_tokens) == (32_768, 8192)


def test_what_is_not_known_stays_unknown() -> None:
    """Zero would fit everywhere."""
    (model,) = known(load_models("models: {tiny:latest: {}}", "m")).values()
    assert (model.file_bytes, model.layers, model.kv_heads, model.vocabulary) == (None, None, None, None)


def test_names_over_one_digest_are_one_file_and_names_without_one_are_not() -> None:
    """Two names over one file evict nobody; taking strangers for one would hide an eviction."""
    text = f"models:\n  a:x: {{blob: '{DIGEST}'}}\n  b:x: {{blob: '{DIGEST}'}}\n  c:x: {{}}\n  d:x: {{}}\n"
    models = known(load_models(text, "m"))
    assert models["a:x"].blob == models["b:x"].blob == DIGEST
    assert len({models["c:x"].blob, models["d:x"].blob, DIGEST}) == 3


def test_only_a_model_that_is_said_to_write_no_text_is_one_of_embeddings() -> None:
    """Ollama serves such a model one request at a time."""
    text = "models:\n  a:x: {completion: false}\n  b:x: {completion: true}\n  c:x: {}\n"
    assert [m.is_completion for m in known(load_models(text, "m")).values()] == [False, True, True]
