"""What an Ollama has on disk, asked of it over HTTP: each model with its shape. Nothing here loads one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.ollama import answers
from ccdeploy.ollama.endpoints import SHOW, TAGS, VERSION
from ccdeploy.ollama.show import Shown, shown
from ccdeploy.verify.proxy import no_answer

if TYPE_CHECKING:
    import httpx

    from ccdeploy.ollama.answers import Installed


@dataclass(frozen=True)
class Stocked:
    """One model: its file, and its shape, or why that is not known."""

    installed: Installed
    shown: Shown | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Stock:
    """All models of one Ollama."""

    version: str
    models: tuple[Stocked, ...]


def take_stock(client: httpx.Client, only: Collection[str] | None = None) -> Stock:
    """Ask for every model, or for those of `only`, names in lower case that it may not have.

    Raises ValueError with a sentence when it is no Ollama that answers, or nobody does.
    """
    version = answers.version(_body(client, "GET", VERSION))
    installed = answers.installed(_body(client, "GET", TAGS))
    wanted = (model for model in installed if only is None or model.name.lower() in only)
    return Stock(version, tuple(_stocked(client, model) for model in wanted))


def _stocked(client: httpx.Client, model: Installed) -> Stocked:
    try:
        found = _shown(client, model.name)
        if found.is_cut:  # a verbose answer has megabytes of tokens, so it is asked for only where it is needed
            found = _shown(client, model.name, verbose=True)
        return Stocked(model, found)
    except ValueError as exc:
        return Stocked(model, fault=str(exc))


def _shown(client: httpx.Client, name: str, *, verbose: bool = False) -> Shown:
    return shown(_body(client, "POST", SHOW, {"model": name, "verbose": verbose}))


def _body(client: httpx.Client, method: str, path: str, asked: dict[str, object] | None = None) -> bytes:
    import httpx

    try:
        answer = client.request(method, path, json=asked)
    except httpx.HTTPError as exc:
        raise ValueError(no_answer(exc)) from exc
    if answer.status_code != 200:
        raise ValueError(f"{path} answered {answer.status_code}")
    return answer.content
