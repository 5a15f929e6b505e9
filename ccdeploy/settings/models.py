"""What is known of each Ollama model, `configs/models.yaml`, as frozen values. Null means unknown, never zero.

Pure: what these figures mean for memory is for others to reckon.
"""

from __future__ import annotations

from pydantic import Field, StrictBool

from ccdeploy.settings.host import Part
from ccdeploy.settings.values import BlobDigest, Count, Size


class Model(Part):
    """One model of Ollama: its file, and the shape that decides how much memory a context takes."""

    name: str = Field(description="The key under `models`: the name with its tag")
    file_size_bytes: Size | None = Field(
        None,
        alias="file_size",
        description="Size of the model's file, as `ollama list` shows it: no context, no buffers",
    )
    layers: Count | None = Field(None, description="Layers: `block_count` of `ollama show --verbose`")
    heads: Count | None = Field(
        None, description="Heads of a layer: `attention.head_count`, the most where layers differ"
    )
    kv_heads: Count | None = Field(
        None, description="Key/value heads of a layer: `attention.head_count_kv`, the fewest where layers differ"
    )
    embedding: Count | None = Field(
        None, description="Width of the model: `embedding_length`. Ollama predicts with it divided by `heads`"
    )
    head_dim: Count | None = Field(
        None, description="Elements of a head: `attention.key_length`, else `embedding_length` / `attention.head_count`"
    )
    feed_forward: Count | None = Field(
        None, description="Width of the widest step: `feed_forward_length`, the most where layers differ"
    )
    vocabulary: Count | None = Field(
        None, description="Tokens that it knows: `vocab_size`, else the rows of `token_embd.weight`"
    )
    trained_context_tokens: Count | None = Field(
        None,
        alias="trained_context",
        description="Tokens that the model was trained for: `context_length`. Ollama gives no request more",
    )
    window_tokens: Count | None = Field(
        None, alias="window", description="Tokens that a layer with a sliding window keeps: `attention.sliding_window`"
    )
    window_layers: Count | None = Field(
        None, description="How many of the layers have such a window. Null: none, which takes the most memory"
    )
    completion: StrictBool | None = Field(
        None, description="Whether it writes text: `completion` under capabilities. False for an embedding model"
    )
    blob: BlobDigest | None = Field(
        None,
        description="Digest of the file: `sha256-...` in `FROM` of `ollama show --modelfile`. Two names may share one",
    )
    num_ctx_tokens: Count | None = Field(
        None,
        alias="num_ctx",
        description="Context that the model's own parameters set: what a request gets that asks for none",
    )


class Models(Part):
    """Every model that something is known of."""

    shown_as: str = Field(description="The file, for messages")
    models: dict[str, Model] = Field(description="The models, each under its name with the tag")
