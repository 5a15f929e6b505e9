"""The models that a project knows, as those who reckon with memory take them, and what a host says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ccdeploy.ollama.answers import normalised
from ccdeploy.ollama.model import Model
from ccdeploy.results import Figure, InventoryModel

if TYPE_CHECKING:
    from ccdeploy import settings
    from ccdeploy.ollama.show import Shown
    from ccdeploy.verify.inventory import Stocked

_ROUNDED = 0.005  # of a size: people write 4.68GB for 4683087332, which is the same file


def known(models: settings.Models) -> dict[str, Model]:
    """Return what is known of each model, by its name with the tag.

    A model whose digest is not known is taken for a file of its own. One of which nothing is said writes text.
    """
    return {normalised(name): _model(normalised(name), model) for name, model in models.models.items()}


def seen_model(found: Stocked) -> Model:
    """Return a model as those who reckon with memory take it, by what its Ollama tells."""
    name, seen = normalised(found.installed.name), found.shown
    size_bytes = found.installed.size_bytes or None
    if seen is None:
        return Model(name, name, size_bytes)
    return Model(
        name=name,
        blob=seen.blob or name,
        file_bytes=size_bytes,
        layers=seen.layers,
        heads=seen.heads,
        kv_heads=seen.kv_heads,
        embedding=seen.embedding,
        head_dim=seen.head_dim,
        train_ctx_tokens=seen.train_ctx_tokens,
        feed_forward=seen.feed_forward,
        vocabulary=seen.vocabulary,
        window_tokens=seen.window_tokens,
        window_layers=seen.window_layers,
        num_ctx_tokens=seen.num_ctx_tokens,
        is_completion=seen.is_completion is not False,
    )


def figures(found: Stocked) -> dict[str, int | bool | str]:
    """Return what an Ollama tells of a model, by the keys of models.yaml; what it does not tell is not among them."""
    told: dict[str, int | bool | str | None] = {"file_size": found.installed.size_bytes or None}
    if (seen := found.shown) is not None:
        told |= _shape(seen)
    return {key: value for key, value in told.items() if value is not None}


def differing(written: settings.Model | None, found: Mapping[str, int | bool | str]) -> tuple[Figure, ...]:
    """Return the figures that the file does not have so, in the order of its keys."""
    said = written.model_dump(by_alias=True) if written else {}
    return tuple(
        Figure(key, _text(said.get(key)), str(value), _is_rounded(key, said.get(key), value))
        for key, value in found.items()
        if said.get(key) != value
    )


def listed(found: Stocked, written: settings.Model | None) -> InventoryModel:
    """Return a model as `models` shows it."""
    seen = found.shown
    told = figures(found)
    is_remote = bool(seen and seen.is_remote)
    return InventoryModel(
        name=found.installed.name,
        **told,  # type: ignore[arg-type]  # by the keys of the file, which the fields are named for
        quantization=seen.quantization if seen else None,
        is_remote=is_remote,
        is_written=written is not None,
        figures=() if is_remote else differing(written, told),
        fault=found.fault,
    )


def _shape(seen: Shown) -> dict[str, int | bool | str | None]:
    return {
        "layers": seen.layers,
        "heads": seen.heads,
        "kv_heads": seen.kv_heads,
        "embedding": seen.embedding,
        "head_dim": seen.head_dim,
        "feed_forward": seen.feed_forward,
        "vocabulary": seen.vocabulary,
        "trained_context": seen.train_ctx_tokens,
        "window": seen.window_tokens,
        "window_layers": seen.window_layers,
        "completion": seen.is_completion,
        "blob": seen.blob,
        "num_ctx": seen.num_ctx_tokens,
    }


def _is_rounded(key: str, written: object, found: int | bool | str) -> bool:
    is_size = key == "file_size" and isinstance(written, int) and isinstance(found, int)
    return is_size and abs(written - found) <= found * _ROUNDED  # type: ignore[operator]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


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
        feed_forward=written.feed_forward,
        vocabulary=written.vocabulary,
        window_tokens=written.window_tokens,
        window_layers=written.window_layers,
        num_ctx_tokens=written.num_ctx_tokens,
        is_completion=written.completion is not False,
    )
