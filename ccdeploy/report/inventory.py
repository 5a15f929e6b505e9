"""Which models an Ollama has: a table, then what is said otherwise elsewhere, and what was written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ccdeploy.report.look import Look
from ccdeploy.report.text import rows, safe, table
from ccdeploy.results import Inventory, InventoryModel
from ccdeploy.units import counted, human_bytes

FILE = "configs/models.yaml"
_HEADER = ("", "NAME", "SIZE", "QUANT", "LAYERS", "HEADS", "KV", "DIM", "TRAINED", "NUM_CTX", "BLOB", "")
_BLOB_DIGITS = 12  # as `ollama list` cuts its digests


def inventory_lines(inventory: Inventory, look: Look) -> list[str]:
    """Return the table, each drift and each absent model on a line with its remedy, and what was written."""
    count = counted(len(inventory.models), "model")
    title = f"{inventory.host}: Ollama {inventory.version} at {inventory.ollama} has {count}"
    header, *body = table(_HEADER, [_row(model) for model in inventory.models], look.width) or [""]
    return [
        f"{look.mark('ok')} {look.paint(safe(title), 'bold')}",
        *rows([("memory", _memory(inventory))]),
        *([look.paint(header, "bold"), *body] if inventory.models else []),
        *_said_otherwise(inventory, look),
        *_absent(inventory, look),
        *_saved(inventory, look),
    ]


def _row(model: InventoryModel) -> tuple[str, ...]:
    numbers = (model.layers, model.heads, model.kv_heads, model.head_dim, model.trained_context, model.num_ctx)
    return (
        "!" if model.drift or model.fault else "",
        model.name,
        "-" if model.file_size is None else human_bytes(model.file_size),
        model.quantization or "-",
        *("-" if number is None else str(number) for number in numbers),
        model.blob.removeprefix("sha256:")[:_BLOB_DIGITS] if model.blob else "-",
        _kind(model),
    )


def _kind(model: InventoryModel) -> str:
    if model.is_remote:
        return "on ollama.com"
    return "embeds" if model.completion is False else ""


def _memory(inventory: Inventory) -> str:
    if inventory.memory_bytes is None:
        return "not known: no log of Ollama tells it, and the settings name none"
    by = "by the settings" if inventory.memory_from == "settings" else f"as {inventory.memory_from} says"
    return f"{inventory.memory_bytes / 2**30:.1f} GiB for models, {by}"


def _said_otherwise(inventory: Inventory, look: Look) -> Iterator[str]:
    for model in inventory.models:
        if model.fault:
            yield f"{look.mark('warning')} {safe(f'{model.name}: its shape is not known: {model.fault}')}"
        told = "; ".join(f"{one.key} is {one.found}, not {one.written}" for one in model.drift)
        if told and inventory.saved is None:
            yield f"{look.mark('warning')} {safe(f'{model.name}: {told} as in {FILE}')}"


def _absent(inventory: Inventory, look: Look) -> Iterator[str]:
    for model in inventory.absent:
        if model.configs:
            named = ", ".join(model.configs)
            yield f"{look.mark('failed')} {safe(f'{model.name}: not there, and named by {named}')}"
            yield f"  {look.arrow} on the host, `ollama pull {safe(shlex.quote(model.name))}`"
        else:
            yield f"{look.mark('note')} {safe(f'{model.name}: not there, and known to {FILE}')}"


def _saved(inventory: Inventory, look: Look) -> Iterator[str]:
    if inventory.saved is None:
        return
    yield from (f"  {safe(text)}" for text in inventory.saved)
    said = f"{FILE} was written" if inventory.saved else f"{FILE} says all of it already"
    yield f"{look.mark('ok')} {said}"
