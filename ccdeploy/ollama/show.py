"""What /api/show tells of a model: the shape in its file, and what its own parameters set. It loads nothing.

Source: Ollama 0.33, server/routes.go, GetModelInfo; fs/ggml/ggml.go for what its scheduler makes of each key. A body
that cannot be read raises ValueError with a sentence; a figure that makes no sense is unknown, None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccdeploy.ollama.answers import json_of

MOST = 1 << 40  # of any count in a file: past that it is damaged
_FROM = re.compile(r"^[ \t]*FROM[ \t]+(.+)$", re.IGNORECASE | re.MULTILINE)
_BLOB = re.compile(r"(?:^|[/\\])sha256[-:]([0-9a-f]{64})$")
_PATTERN = "attention.sliding_window_pattern"
_LISTS = ("attention.head_count", "attention.head_count_kv", "feed_forward_length", _PATTERN)  # or a number for all
# Each how manieth layer looks back over all of the context, where the file does not say it.
# Source: llama.cpp, set_swa_pattern of each architecture in src/models.
_PERIODS = {"cohere2": 4, "gemma-embedding": 6, "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "gptoss": 2}
_EMBEDDING_TENSOR = "token_embd.weight"


@dataclass(frozen=True)
class Shown:
    """One model, as /api/show has it.

    `heads` is the most and `kv_heads` the fewest that a layer has, as Ollama's scheduler takes them; a file that
    names no key/value heads has 1 to it. `blob` is None for a model that is no file here: one of ollama.com, or
    one without a GGUF. `is_completion` is None from an Ollama before 0.6.4, which does not tell. `is_cut` says that
    the answer leaves out a list with a figure for each layer, which one that is asked for with `verbose` has.
    `window_layers` of the layers look back over `window_tokens` only; None counts as none, which takes the most.
    """

    architecture: str | None = None
    quantization: str | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    embedding: int | None = None
    head_dim: int | None = None
    vocabulary: int | None = None
    train_ctx_tokens: int | None = None
    feed_forward: int | None = None
    window_tokens: int | None = None
    window_layers: int | None = None
    num_ctx_tokens: int | None = None
    blob: str | None = None
    is_completion: bool | None = None
    is_remote: bool = False
    is_cut: bool = False


def shown(body: bytes) -> Shown:
    """Return what the answer tells."""
    answer = json_of(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("model_info"), dict):
        raise ValueError("/api/show answered without the figures of a model: is it Ollama that listens there?")
    info = _Info(answer["model_info"])
    heads, embedding = info.counts("attention.head_count"), info.count("embedding_length")
    kv_heads = info.counts("attention.head_count_kv")
    return Shown(
        architecture=info.architecture,
        quantization=_text(_mapping(answer.get("details")).get("quantization_level")),
        layers=info.count("block_count"),
        heads=max(heads, default=None),
        kv_heads=max(1, min(kv_heads)) if kv_heads else None if info.has("attention.head_count_kv") else info.assumed,
        embedding=embedding,
        head_dim=info.count("attention.key_length") or _head_dim(embedding, heads),
        vocabulary=info.count("vocab_size") or _vocabulary(answer, info),
        train_ctx_tokens=info.count("context_length"),
        feed_forward=max(info.counts("feed_forward_length"), default=None) or None,
        window_tokens=info.count("attention.sliding_window"),
        window_layers=_window_layers(info),
        num_ctx_tokens=_parameter(_text(answer.get("parameters")) or "", "num_ctx"),
        blob=blob_of(_text(answer.get("modelfile")) or ""),
        is_completion=_is_completion(answer, info),
        is_remote=bool(answer.get("remote_host")),
        is_cut=any(info.is_cut(key) for key in _LISTS),
    )


def blob_of(modelfile: str) -> str | None:
    """Return the digest of the weights, `sha256:...`, that a Modelfile begins with.

    Its first FROM names them, on Windows too; later ones are of projectors. None where that is a name, not a file.
    """
    first = _FROM.search(modelfile)
    found = _BLOB.search(first[1].strip().strip('"')) if first else None
    return f"sha256:{found[1]}" if found else None


class _Info:
    """The `model_info` of an answer: keys of a GGUF file, most of them behind the name of the architecture."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.architecture = _text(values.get("general.architecture"))

    @property
    def assumed(self) -> int | None:
        """The key/value heads of a file that names none: 1 to Ollama's scheduler. None where nothing is named."""
        return 1 if self.has("block_count") else None

    def has(self, key: str) -> bool:
        """Whether the file has the key, whatever its value."""
        return f"{self.architecture}.{key}" in self._values

    def is_cut(self, key: str) -> bool:
        """Whether the value is a list that was left out: null, or empty."""
        return self.has(key) and not self.value(key)

    def count(self, key: str) -> int | None:
        """Return a number of one or more."""
        return _count(self.value(key)) or None

    def counts(self, key: str) -> list[int]:
        """Return a number for each layer, or the one for all; empty where it is not known."""
        value = self.value(key)
        found = [_count(one) for one in (value if isinstance(value, list) else [value])]
        return [one for one in found if one is not None] if None not in found else []

    def tokens(self) -> int | None:
        """Return how many tokens there are; None in an answer without the list."""
        value = self._values.get("tokenizer.ggml.tokens")
        return len(value) or None if isinstance(value, list) else None

    def value(self, key: str) -> Any:
        """Return what the file says, whatever that is."""
        return self._values.get(f"{self.architecture}.{key}")


def _head_dim(embedding: int | None, heads: list[int]) -> int | None:
    return embedding // max(heads) or None if embedding and heads and max(heads) else None


def _window_layers(info: _Info) -> int | None:
    """Return how many layers have a sliding window: by a list of yes and no, or all but each nth."""
    layers, pattern = info.count("block_count"), info.value(_PATTERN)
    if not layers or not info.count("attention.sliding_window"):
        return None
    if isinstance(pattern, list) and pattern:
        return sum(one is True for one in pattern) or None
    period = info.count(_PATTERN) or (None if info.has(_PATTERN) else _PERIODS.get(info.architecture or ""))
    return (layers - layers // period) or None if period else None


def _vocabulary(answer: Mapping[str, Any], info: _Info) -> int | None:
    """Return the rows of the token embedding, which each answer since 0.6.1 has; only verbose ones list the tokens."""
    tensors = answer.get("tensors")
    for tensor in tensors if isinstance(tensors, list) else []:
        if _mapping(tensor).get("name") == _EMBEDDING_TENSOR:
            shape = tensor.get("shape")
            return _count(shape[1]) or None if isinstance(shape, list) and len(shape) == 2 else None
    return info.tokens()


def _is_completion(answer: Mapping[str, Any], info: _Info) -> bool | None:
    """Return whether it writes text. Before capabilities were told, a pooling gave an embedding model away."""
    told = answer.get("capabilities")
    if isinstance(told, list) and told:
        return "completion" in told
    return False if info.has("pooling_type") else None


def _parameter(text: str, name: str) -> int | None:
    """Return a number of the `parameters` text: one `name value` a line; Go writes 2^20 as 1.048576e+06."""
    found = None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == [name]:
            found = _number(words[1]) if len(words) == 2 else None
    return found or None


def _number(text: str) -> int | None:
    try:
        return _count(float(text.strip('"')))
    except ValueError:
        return None


def _count(value: Any) -> int | None:
    """Return a whole number of zero or more; None for what is none, or makes no sense."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return None
    return int(value) if value == int(value) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
