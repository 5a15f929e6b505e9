"""The models that the stand-in has, with the figures that Ollama would tell of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from ccdeploy.ollama.model import Model as Known

_BLOBS = "/usr/share/ollama/.ollama/models/blobs"


@dataclass(frozen=True)
class Model:
    """One model: its file and the shape that decides how much memory a context takes."""

    name: str
    size_bytes: int
    parameters: str
    quantization: str
    layers: int
    heads: int
    kv_heads: int
    embedding: int
    context_length: int
    feed_forward: int
    vocabulary: int = 152_064
    num_ctx: int | None = None  # what its Modelfile sets

    @property
    def digest(self) -> str:
        """A digest as `/api/tags` shows one: that of the manifest."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    @cached_property
    def blob(self) -> str:
        """The digest of the weights."""
        return "sha256:" + hashlib.sha256(f"weights of {self.name}".encode()).hexdigest()

    def known(self, load_s: float) -> Known:
        """Return what the scheduler knows of it; a load takes `load_s`."""
        return Known(
            self.name,
            self.blob,
            file_bytes=self.size_bytes,
            layers=self.layers,
            heads=self.heads,
            kv_heads=self.kv_heads,
            embedding=self.embedding,
            head_dim=self.embedding // self.heads,
            train_ctx_tokens=self.context_length,
            vocabulary=self.vocabulary,
            num_ctx_tokens=self.num_ctx,
            load_s=load_s,
            feed_forward=self.feed_forward,
        )


def blob_path(blob: str) -> str:
    """Return where a file of weights would be."""
    return f"{_BLOBS}/{blob.replace(':', '-')}"


# Sizes are those of the published files; shapes are those of Qwen 2.5.
CATALOGUE = {
    model.name: model
    for model in (
        Model("qwen-fast:latest", 4_683_087_332, "7.6B", "Q4_K_M", 28, 28, 4, 3584, 32_768, 18_944),
        Model("qwen2.5-coder:32b-instruct", 19_851_349_669, "32.8B", "Q4_K_M", 64, 40, 8, 5120, 32_768, 27_648),
        Model("qwen-quality-128k:latest", 34_810_000_000, "32.8B", "Q8_0", 64, 40, 8, 5120, 131_072, 27_648),
        Model("tiny:latest", 52_000_000, "30M", "Q4_K_M", 4, 4, 2, 256, 8_192, 1_024, 32_000),
    )
}


def find_model(name: object) -> Model | None:
    """Return the model that a request names; a name without a tag means `:latest`."""
    text = name if isinstance(name, str) else ""
    return CATALOGUE.get(text if ":" in text else f"{text}:latest")
