"""Which models an Ollama has, what each is, and what configs/models.yaml says otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure that configs/models.yaml does not have as the host's Ollama tells it.

    `key` is the one in the file. `written` is what the file says, None where it says nothing. A size that is
    only rounded, such as 4.68GB for 4683087332, is no drift.
    """

    key: str
    written: str | None
    found: str
    is_rounded: bool = False


@dataclass(frozen=True)
class InventoryModel:
    """One model of an Ollama, with its figures by the keys of configs/models.yaml; None is unknown.

    `blob` is the digest of its file, `num_ctx` the context of its own parameters. `figures` are what the
    file does not have so. `fault` says why the shape is not known. A model that is remote takes no memory
    here: it is one of ollama.com.
    """

    name: str
    file_size: int | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    embedding: int | None = None
    head_dim: int | None = None
    feed_forward: int | None = None
    vocabulary: int | None = None
    trained_context: int | None = None
    window: int | None = None
    window_layers: int | None = None
    completion: bool | None = None
    blob: str | None = None
    num_ctx: int | None = None
    quantization: str | None = None
    is_remote: bool = False
    is_written: bool = False
    figures: tuple[Figure, ...] = ()
    fault: str | None = None

    @property
    def drift(self) -> tuple[Figure, ...]:
        """What the file says otherwise."""
        return tuple(figure for figure in self.figures if figure.written is not None and not figure.is_rounded)


@dataclass(frozen=True)
class AbsentModel:
    """A model that the Ollama does not have, and the configs that name it; none where models.yaml alone knows it."""

    name: str
    configs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """What an Ollama has on disk; nothing was loaded to learn it.

    `memory_bytes` is what models may take, by the settings or else by Ollama's own log, as `memory_from`
    says: settings, or the log's place. `saved` are the sentences of what was written to configs/models.yaml,
    None where that was not asked for.
    """

    host: str
    ollama: str
    version: str
    models: tuple[InventoryModel, ...]
    absent: tuple[AbsentModel, ...] = ()
    memory_bytes: int | None = None
    memory_from: str | None = None
    saved: tuple[str, ...] | None = None
    exit_code: int = 0
