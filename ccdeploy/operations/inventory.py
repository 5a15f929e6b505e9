"""The models that a project knows, as those who reckon with memory take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.ollama.answers import normalised
from ccdeploy.ollama.model import Model

if TYPE_CHECKING:
    from ccdeploy import settings


def known(models: settings.Models) -> dict[str, Model]:
    """Return what is known of each model, by its name with the tag.

    A model whose digest is not known is taken for a file of its own. One of which nothing is said writes text.
    """
    return {normalised(name): _model(normalised(name), model) for name, model in models.models.items()}


def _model(name: str, written: settings.Model) -> Model:
    return Model(
        name=name,
        blob=written.blob or name,
        file_bytes=written.file_size_bytes,
        layers=written.layers,
        heads=written.heads,
        kv_heads=written.kv_heads,
        embedding=written.embedding,
        head_dim=written.head_dim,
        train_ctx_tokens=written.trained_context_tokens,
        vocabulary=written.vocabulary,
        num_ctx_tokens=written.num_ctx_tokens,
        is_completion=written.completion is not False,
    )
