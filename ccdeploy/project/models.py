"""What a project knows of the models, and keeping what a host tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project.folder import MODELS
from ccdeploy.project.reading import read_start
from ccdeploy.project.writing import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ccdeploy.project.folder import Project
    from ccdeploy.results import Inventory, InventoryModel
    from ccdeploy.settings import Models
    from ccdeploy.settings.editing_models import Figures

_NEW = b"""\
# What is known of each Ollama model, as `ccdeploy models --save` was told by a host. null, or left out: not known.
schema_version: 1
models: {}
"""
_LONGEST = len("sha256:") + 12  # of a figure in a sentence: as `ollama list` cuts its digests
_BOM = b"\xef\xbb\xbf"


def models(project: Project) -> Models | None:
    """Return what configs/models.yaml knows, or None where there is no such file. Raises Refused with every fault."""
    from ccdeploy.settings import load_models

    data = _read(project)
    return None if data is None else load_models(data, MODELS)


def save_figures(project: Project, found: Inventory) -> tuple[str, ...]:
    """Put what a host told into configs/models.yaml, and say in a sentence a model what that changed.

    Comments, order, and models that the host has not stay. Raises Refused, with the file as it was.
    """
    from ccdeploy.settings import load_models
    from ccdeploy.settings.editing_models import with_figures

    data = _NEW if (there := _read(project)) is None else there
    names = {name.lower(): name for name in load_models(data, MODELS).models}
    mark = _BOM if data.startswith(_BOM) else b""
    text = data.removeprefix(mark).decode("utf-8")
    told = [model for model in found.models if model.figures]
    if not told:
        return ()
    edited = with_figures(text, MODELS, {names.get(model.name.lower(), model.name): _figures(model) for model in told})
    said = tuple(_sentence(model) for model in told)
    try:
        replace_file(project.folder / MODELS, mark + edited.encode("utf-8"))
    except OSError as exc:
        message = f"{MODELS} cannot be written: {exc.strerror}; it is as it was"
        raise Refused(message, hint="check the folder, its owner and the disk", evidence=said) from exc
    return said


def _figures(model: InventoryModel) -> Figures:
    return {figure.key: getattr(model, figure.key) for figure in model.figures}


def _sentence(model: InventoryModel) -> str:
    if not model.is_written:
        return f"{model.name}: new"
    return f"{model.name}: {', '.join(_changes(model))}"


def _changes(model: InventoryModel) -> Iterator[str]:
    for figure in model.figures:
        was = "" if figure.written is None else f"{figure.written} -> "
        yield f"{figure.key} {was}{figure.found[:_LONGEST]}"


def _read(project: Project) -> bytes | None:
    try:
        return read_start(project.folder / MODELS)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise Refused(f"{MODELS} cannot be read: {exc.strerror}", hint="check its owner and mode") from exc
