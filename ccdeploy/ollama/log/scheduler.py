"""What Ollama's scheduler says in its log as it decides: what a load needs, and that one is evicted for it.

Source: Ollama 0.33, server/sched.go and llm/llama_server.go; before 0.30, llm/server.go. Lines as real logs have them
stand in tests/cases/ollama/log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ccdeploy.ollama.footprint.batch import FIT_PERCENT
from ccdeploy.ollama.log.line import fields
from ccdeploy.units import human_seconds, size_bytes

Told = Literal["starts", "started", "fits", "evicts", "out-of-memory", "client-left"]

_STARTED = re.compile(r"(?:llama-server|llama runner) started in ([\d.]+) seconds")
_COMMAND = re.compile(r"--model \S*?sha256-([0-9a-f]{8,64}).*? (?:-c|--ctx-size) (\d+)")
_LEFT = re.compile(r'^\[GIN\] .*?\| 499 \|\s*(?P<took>\S+) \|.*"(?P<path>/[^"?]*)')
_MODEL_CALLS = ("/api/generate", "/api/chat", "/api/embed", "/v1/")


@dataclass(frozen=True)
class LoadLine:
    """One such line: what it tells, in words too; the file that is loaded, by its digest.

    `is_pressed` says that the GPU had room for it, and the host had not: other programs have the memory.
    """

    told: Told
    text: str
    blob: str | None = None
    is_pressed: bool = False
    num_ctx_tokens: int | None = None


def load_line(line: str) -> LoadLine | None:
    """Return what a line says of a load, None where it says nothing of one."""
    if left := _LEFT.match(line):
        path = left["path"]
        told = f"a client left after {left['took']} without an answer of {path}"
        return LoadLine("client-left", told) if path.startswith(_MODEL_CALLS) else None
    said = fields(line)
    message = said.get("msg", "")
    if started := _STARTED.search(message):
        return LoadLine("started", f"loaded in {human_seconds(float(started[1]))}")
    if message.startswith("starting "):
        return _starts(said)
    return next((make(said) for words, make in _MESSAGES.items() if words in message), None)


def _starts(said: Mapping[str, str]) -> LoadLine | None:
    found = _COMMAND.search(said.get("cmd", ""))
    if not found:
        return None
    return LoadLine("starts", f"a load begins, context {found[2]}", f"sha256:{found[1]}", num_ctx_tokens=int(found[2]))


def _evicts(said: Mapping[str, str]) -> LoadLine:
    if "predicted" not in said:
        return LoadLine("evicts", "the next model needs more memory than is free: one is evicted for it")
    context, needs = said.get("predicted_num_ctx"), said["predicted"]
    size = f"{needs} with context {context}" if context else needs
    limit = "memory of the host" if said.get("system_limited") == "true" else "memory of the GPU"
    text = f"the next model is predicted to need {size}, more than 80 % of the {said.get('available')} of free {limit}"
    return LoadLine("evicts", f"{text}: one is evicted for it", is_pressed=_is_pressed(said))


def _is_pressed(said: Mapping[str, str]) -> bool:
    needs, gpu = _bytes(said.get("predicted")), _bytes(said.get("gpu_free"))
    if said.get("system_limited") != "true" or needs is None or gpu is None:
        return False
    return 100 * needs <= FIT_PERCENT * gpu


def _fits(said: Mapping[str, str]) -> LoadLine:
    text = f"the next model is predicted to need {said.get('predicted')} of {said.get('available')} that are free"
    return LoadLine("fits", f"{text}: it fits beside those that are there")


def _out_of_memory(said: Mapping[str, str]) -> LoadLine:
    return LoadLine("out-of-memory", "a load ran out of memory: all others are evicted, and it is tried again")


def _client_left(said: Mapping[str, str]) -> LoadLine:
    return LoadLine("client-left", "the client left before its model was loaded: the load is given up")


_MESSAGES = {
    "predicted to exceed available memory, evicting": _evicts,
    "model requires more gpu memory than is currently available": _evicts,
    "fits alongside existing models": _fits,
    "evicting all other loaded models for OOM": _out_of_memory,
    "finished loading, aborting load": _client_left,
}


def _bytes(text: str | None) -> int | None:
    try:
        return size_bytes(text) if text else None
    except ValueError:
        return None
