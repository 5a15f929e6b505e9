"""Taking stock of an Ollama: what is asked, and what an answer that is none becomes."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from ccdeploy.ollama.endpoints import may_load
from ccdeploy.verify.inventory import Stock, take_stock

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "ollama" / "show"


class Ollama:
    """An Ollama that has these models; `asked` are the requests in order."""

    def __init__(self, *names: str, version: str = '{"version": "0.33.0"}') -> None:
        self.names, self.version = names, version
        self.asked: list[tuple[str, str, dict[str, object]]] = []

    def stock(self) -> Stock:
        """What is found in it."""
        with httpx.Client(base_url="http://ollama", transport=httpx.MockTransport(self._answer)) as client:
            return take_stock(client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content and request.method == "POST" else {}
        self.asked.append((request.method, request.url.path, body))
        if request.url.path == "/api/version":
            return httpx.Response(200, text=self.version)
        if request.url.path == "/api/tags":
            return httpx.Response(200, json={"models": [{"name": name, "size": 5} for name in self.names]})
        name = f"{body['model'].removesuffix(':latest')}{'-verbose' if body.get('verbose') else ''}.json"
        path = FOLDER / name
        return httpx.Response(200, content=path.read_bytes()) if path.is_file() else httpx.Response(404)


def test_each_model_is_asked_for_once_and_none_is_loaded() -> None:
    """Three requests for two models and the list; each is one that Ollama answers from its files."""
    ollama = Ollama("qwen2.5", "nomic-embed-text")
    found = ollama.stock()
    assert found.version == "0.33.0"
    assert [(one.installed.name, one.shown and one.shown.layers) for one in found.models] == [
        ("nomic-embed-text:latest", 12), ("qwen2.5:latest", 28),
    ]  # fmt: skip
    assert len(ollama.asked) == 4
    assert not any(may_load(method, path) for method, path, _ in ollama.asked)


def test_heads_that_were_left_out_are_asked_for_verbosely() -> None:
    """Only then: such an answer has megabytes of tokens."""
    ollama = Ollama("lfm2-cut", "qwen2.5")
    found = {one.installed.name: one for one in ollama.stock().models}
    verbose = [body["model"] for _, _, body in ollama.asked if body.get("verbose")]
    assert verbose == ["lfm2-cut:latest"]
    seen = found["lfm2-cut:latest"].shown
    assert seen is not None
    assert seen.kv_heads == 1


def test_a_model_that_cannot_be_shown_hides_no_other() -> None:
    """It may have been removed meanwhile."""
    gone, there = Ollama("gone", "qwen2.5").stock().models
    assert (gone.shown, gone.fault) == (None, "/api/show answered 404")
    assert (there.fault, there.shown is not None) == (None, True)


@pytest.mark.parametrize("version", ["<html>", "{}"])
def test_another_program_on_the_port_is_named_as_such(version: str) -> None:
    """A sentence, which the verb puts behind the address."""
    with pytest.raises(ValueError, match="is it Ollama that listens there"):
        Ollama(version=version).stock()
