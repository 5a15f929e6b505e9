"""/api/show: answers as Ollama gives them, and bodies that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.show import Shown, blob_of, shown

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "ollama" / "show"
HEX = "0123456789abcdef" * 4


def case(name: str) -> Shown:
    """What the answer in a case file tells."""
    return shown((FOLDER / name).read_bytes())


def changed(**info: Any) -> Shown:
    """What the answer of Qwen tells after keys of its shape were set, or taken away with ...."""
    answer = json.loads((FOLDER / "qwen2.5.json").read_text())
    for key, value in info.items():
        answer["model_info"][f"qwen2.{key.replace('__', '.')}"] = value
    answer["model_info"] = {key: value for key, value in answer["model_info"].items() if value is not ...}
    return shown(json.dumps(answer).encode())


def test_a_model_tells_its_shape_its_file_and_its_context() -> None:
    """Every figure that memory is reckoned with; the vocabulary from the embedding's rows, as tokens are left out."""
    assert case("qwen2.5.json") == Shown(
        architecture="qwen2",
        quantization="Q4_K_M",
        layers=28,
        heads=28,
        kv_heads=4,
        embedding=3584,
        head_dim=128,
        vocabulary=152_064,
        train_ctx_tokens=32_768,
        feed_forward=18_944,
        num_ctx_tokens=16_384,
        blob=f"sha256:{'2bada8a745067700' * 4}",
        is_completion=True,
    )


def test_a_head_may_be_wider_than_the_embedding_divided() -> None:
    """Ollama predicts with 2560 / 8; the cache is made of 256."""
    seen = case("gemma3-vision.json")
    assert (seen.embedding, seen.heads, seen.head_dim) == (2560, 8, 256)


def test_layers_with_a_sliding_window_are_counted() -> None:
    """They keep 1024 tokens of 131072: each sixth of the 34 layers of this model keeps all."""
    seen = case("gemma3-vision.json")
    assert (seen.window_tokens, seen.window_layers) == (1024, 29)


@pytest.mark.parametrize(
    ("pattern", "layers", "is_cut"),
    [
        ([True, True, False, True], 3, False),
        (4, 21, False),
        (None, None, True),
        ([], None, True),
        (1, None, False),
        (..., None, False),
    ],
)
def test_the_layers_with_a_window_are_as_the_file_says(pattern: object, layers: int | None, is_cut: bool) -> None:
    """A list that was left out is asked for; an architecture that is not known counts as one without windows."""
    seen = changed(attention__sliding_window=512, attention__sliding_window_pattern=pattern)
    assert (seen.window_layers, seen.is_cut) == (layers, is_cut)


def test_the_widest_feed_forward_counts() -> None:
    """It decides the buffers; some models have another width in each layer."""
    assert changed(feed_forward_length=[10, 30, 20]).feed_forward == 30


def test_the_first_file_is_the_weights_whatever_follows() -> None:
    """A projector has a FROM of its own; two models may share one and are not one model."""
    assert case("gemma3-vision.json").blob == f"sha256:{'aeda25e63ebd698f' * 4}"


def test_a_parameter_in_the_numbers_of_go_is_read() -> None:
    """2^20 is written 1.048576e+06."""
    assert case("gemma3-vision.json").num_ctx_tokens == 1 << 20


def test_an_embedding_model_writes_no_text() -> None:
    """Ollama gives it one slot and another batch, and its file names no key/value heads: 1 to the scheduler."""
    seen = case("nomic-embed-text.json")
    assert (seen.is_completion, seen.kv_heads, seen.heads) == (False, 1, 12)


def test_an_answer_of_before_capabilities_leaves_completion_open_but_for_a_pooling() -> None:
    """Up to 0.6.3."""
    old = {"model_info": {"general.architecture": "a", "a.block_count": 2}}
    assert shown(json.dumps(old).encode()).is_completion is None
    old["model_info"]["a.pooling_type"] = 1
    assert shown(json.dumps(old).encode()).is_completion is False


def test_a_list_that_was_left_out_is_asked_for_verbosely() -> None:
    """Unknown until then: a plan with a guess would be wrong by several times."""
    cut = case("lfm2-cut.json")
    assert (cut.kv_heads, cut.is_cut) == (None, True)
    whole = case("lfm2-cut-verbose.json")
    assert (whole.kv_heads, whole.is_cut) == (1, False)
    assert not case("qwen2.5.json").is_cut


def test_heads_of_each_layer_are_the_most_and_the_fewest() -> None:
    """As PredictServerVRAM takes them."""
    seen = changed(attention__head_count=[16, 32, 28], attention__head_count_kv=[8, 2, 4])
    assert (seen.heads, seen.kv_heads, seen.head_dim) == (32, 2, 3584 // 32)


def test_the_vocabulary_is_the_files_own_number_where_it_has_one() -> None:
    """Else the rows of the embedding, else the tokens of a verbose answer."""
    assert changed(vocab_size=151_936).vocabulary == 151_936
    info = {"general.architecture": "a", "tokenizer.ggml.tokens": ["x", "y"]}
    assert shown(json.dumps({"model_info": info}).encode()).vocabulary == 2


def test_a_model_of_the_cloud_is_no_file_here() -> None:
    """It takes no memory of this host."""
    seen = case("cloud.json")
    assert (seen.is_remote, seen.blob, seen.layers, seen.kv_heads) == (True, None, None, None)


def test_figures_that_make_no_sense_are_unknown() -> None:
    """None of them is zero, and none is a crash."""
    assert case("broken.json") == Shown(architecture="qwen2")


@pytest.mark.parametrize("value", [0, -1, True, "32", 1.5, 1e300, float("inf"), float("nan"), None, [], {}, ...])
def test_a_count_is_a_whole_number_of_one_or_more(value: object) -> None:
    """JSON of Python's admits Infinity; an answer may be damaged in any way."""
    assert changed(block_count=value).layers is None


@pytest.mark.parametrize(
    ("line", "blob"),
    [
        (f"FROM /Users/ada/.ollama/models/blobs/sha256-{HEX}", HEX),
        (f"FROM C:\\Users\\ada\\.ollama\\models\\blobs\\sha256-{HEX}", HEX),
        (f'from "/srv/my models/blobs/sha256:{HEX}"', HEX),
        (f"# FROM qwen:7b\n\n  FROM /a/sha256-{HEX}\r\nFROM /a/sha256-{'f' * 64}", HEX),
        ("FROM qwen2.5:7b", None),
        (f"FROM qwen2.5:7b\nADAPTER /a/sha256-{HEX}\nFROM /a/sha256-{HEX}", None),
        (f"FROM /a/sha256-{HEX}0", None),
        ("FROM ", None),
        ("", None),
    ],
)
def test_the_digest_is_that_of_the_first_file(line: str, blob: str | None) -> None:
    """Two names over one digest are one model to the scheduler."""
    assert blob_of(line) == (f"sha256:{blob}" if blob else None)


@pytest.mark.parametrize("parameters", ['num_ctx "8192"', "num_ctx\t8192", "num_ctx 1\nnum_ctx    8192"])
def test_parameters_are_read_in_each_spelling(parameters: str) -> None:
    """Quoted, or twice: the last one counts."""
    text = json.dumps({"model_info": {}, "parameters": parameters})
    assert shown(text.encode()).num_ctx_tokens == 8192


@pytest.mark.parametrize("parameters", ["num_ctx", "num_ctx x", "num_ctx -1", "num_ctx inf", "num_ctxs 8", "num_ctx 0"])
def test_a_context_that_is_none_is_unknown(parameters: str) -> None:
    """Then the default of the server holds, and nothing is claimed."""
    assert shown(json.dumps({"model_info": {}, "parameters": parameters}).encode()).num_ctx_tokens is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'"x"', b'{"model_info": null}', b"[" * 100_000])
def test_a_body_that_is_no_answer_raises_a_sentence(body: bytes) -> None:
    """Another program may listen on the port."""
    with pytest.raises(ValueError, match="is it Ollama"):
        shown(body)
