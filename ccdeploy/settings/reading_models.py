"""Reads `configs/models.yaml`: every fault in one report with file and line, then the typed models."""

from __future__ import annotations

from typing import Any

from ccdeploy import yamltext
from ccdeploy.settings.judging import Judge
from ccdeploy.settings.models import Model, Models
from ccdeploy.settings.values import is_model_name


def load_models(text: str | bytes, shown_as: str) -> Models:
    """Return the models in `text`. Raises Refused with every fault, each with file and line."""
    reader = _Reader(yamltext.load(text, shown_as))
    models = reader.models()
    if models is None or reader.has_faults:
        raise reader.refusal()
    return Models(shown_as=shown_as, models=models)


class _Reader(Judge):
    """Judges models, and builds them."""

    def models(self) -> dict[str, Model] | None:
        top = self.top(("models",), "write 'models:' with a model under it, or 'models: {}'")
        if top is None:
            return None
        described = top.get("models")
        if not isinstance(described, dict):
            self.fault("settings-shape", ("models",), "models: is no mapping; write a model under it, or 'models: {}'")
            return None
        found = {str(name): self._model(name, value) for name, value in described.items()}
        return {name: model for name, model in found.items() if model is not None}

    def _model(self, name: Any, value: Any) -> Model | None:
        path: yamltext.Path = ("models", str(name))
        if not is_model_name(name):
            said = f"'{name}' is no name of a model; write it as `ollama list` shows it, with its tag: qwen-fast:latest"
            self.fault("settings-name", path, said)
            return None
        return self.model(Model, value, path, name=name)
