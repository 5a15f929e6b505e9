"""Recorded traffic: one Ollama, its models, and who asked for which model when. The format of a trace file. Pure.

A trace is one JSON object; a file of many lines is many traces. What cannot be read raises ValueError with
the key that is wrong. Keys that are not known are left alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import DEFAULT_MAX_QUEUE, Server

_LARGEST = 2**63 - 1  # what Ollama counts in


@dataclass(frozen=True)
class Request:
    """One call of a model by its name.

    `num_ctx_tokens` None: the request names none. `keep_alive_s` None: none sent; below zero: for ever.
    `duration_s` is how long it is served, `gives_up_after_s` when its client leaves; None: never.
    """

    at_s: float
    model: str
    num_ctx_tokens: int | None = None
    keep_alive_s: float | None = None
    duration_s: float = 0.0
    gives_up_after_s: float | None = None


@dataclass(frozen=True)
class Trace:
    """What one Ollama was asked, and what it has to serve it with."""

    name: str
    server: Server
    models: Mapping[str, Model]
    requests: tuple[Request, ...]


def traces(text: str) -> Iterator[Trace]:
    """Return the traces of a file, one by one. Raises ValueError with the line and the key."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        # Not splitlines: a text in JSON may hold what other alphabets end their lines with.
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    else:
        yield _read_at(1, whole)
        return
    if not lines:
        raise ValueError("line 1: there is no trace; write one JSON object a line")
    for number, line in lines:
        try:
            one = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise ValueError(f"line {number}: this is no JSON; write one JSON object a line") from exc
        yield _read_at(number, one)


def to_json(trace: Trace) -> dict[str, Any]:
    """Return a trace as its plain values."""
    server = trace.server
    return {
        "name": trace.name,
        "ollama": {
            "version": server.version,
            "gpu_total_bytes": server.gpu_total_bytes,
            "system_free_bytes": server.system_free_bytes,
            "max_loaded_models": server.max_loaded_models,
            "num_parallel": server.num_parallel,
            "kv_cache_type": server.kv_cache_type,
            "keep_alive_s": _forever_below_zero(server.keep_alive_s),
        },
        "models": {name: _model_to_json(model) for name, model in trace.models.items()},
        "requests": [
            {
                "at_s": request.at_s,
                "model": request.model,
                "num_ctx": request.num_ctx_tokens,
                "keep_alive_s": _forever_below_zero(request.keep_alive_s),
                "duration_s": request.duration_s,
                "gives_up_after_s": request.gives_up_after_s,
            }
            for request in trace.requests
        ],
    }


def _model_to_json(model: Model) -> dict[str, Any]:
    return {
        "blob": model.blob,
        "file_bytes": model.file_bytes,
        "layers": model.layers,
        "heads": model.heads,
        "kv_heads": model.kv_heads,
        "embedding": model.embedding,
        "train_ctx": model.train_ctx_tokens,
        "load_s": model.load_s,
        "resident_bytes": model.resident_bytes,
    }


def _forever_below_zero(seconds: float | None) -> float | None:
    return -1 if seconds == math.inf else seconds


def _read_at(number: int, value: Any) -> Trace:
    try:
        return _trace(_Part.of(value, "the trace"))
    except ValueError as exc:
        raise ValueError(f"line {number}: {exc}") from exc


def _trace(part: _Part) -> Trace:
    models = {name: _model(name, one) for name, one in part.parts("models").items()}
    requests = tuple(_request(one, models) for one in part.rows("requests"))
    return Trace(str(part.values.get("name") or ""), _server(part.part("ollama")), models, requests)


def _server(part: _Part) -> Server:
    keep_alive_s = part.number("keep_alive_s", least=-math.inf)
    total = part.whole("gpu_total_bytes")
    if total is None:
        raise ValueError(f"{part.where}.gpu_total_bytes: nothing fits into an unknown memory; write its bytes")
    return Server(
        version=str(part.values.get("version") or ""),
        gpu_total_bytes=total,
        system_free_bytes=part.whole("system_free_bytes"),
        max_loaded_models=part.whole("max_loaded_models") or 0,
        num_parallel=part.whole("num_parallel") or 1,
        kv_cache_type=str(part.values.get("kv_cache_type") or "f16"),
        keep_alive_s=300.0 if keep_alive_s is None else math.inf if keep_alive_s < 0 else keep_alive_s,
        max_queue=part.whole("max_queue") or DEFAULT_MAX_QUEUE,
        context_length_tokens=part.whole("context_length") or 0,
    )


def _model(name: str, part: _Part) -> Model:
    blob = part.values.get("blob")
    if blob is not None and not isinstance(blob, str):
        raise ValueError(f"{part.where}.blob: {blob!r} is no digest; write a text")
    return Model(
        name=name,
        blob=blob or name,
        file_bytes=part.whole("file_bytes"),
        layers=part.whole("layers"),
        heads=part.whole("heads"),
        kv_heads=part.whole("kv_heads"),
        embedding=part.whole("embedding"),
        head_dim=part.whole("head_dim"),
        train_ctx_tokens=part.whole("train_ctx"),
        vocabulary=part.whole("vocabulary"),
        num_ctx_tokens=part.whole("num_ctx"),
        load_s=part.number("load_s"),
        resident_bytes=part.whole("resident_bytes"),
    )


def _request(part: _Part, models: Mapping[str, Model]) -> Request:
    model = part.values.get("model")
    if not isinstance(model, str) or model not in models:
        raise ValueError(f"{part.where}.model: {model!r} is none of the trace's models")
    at_s = part.number("at_s")
    if at_s is None:
        raise ValueError(f"{part.where}.at_s: a request has a time; write its seconds")
    keep_alive_s = part.number("keep_alive_s", least=-math.inf)
    return Request(
        at_s=at_s,
        model=model,
        num_ctx_tokens=part.whole("num_ctx"),
        keep_alive_s=math.inf if keep_alive_s is not None and keep_alive_s < 0 else keep_alive_s,
        duration_s=part.number("duration_s") or 0.0,
        gives_up_after_s=part.number("gives_up_after_s"),
    )


@dataclass(frozen=True)
class _Part:
    """One object of the file, and its place in it."""

    values: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, value: Any, where: str) -> _Part:
        if not isinstance(value, dict):
            raise ValueError(f"{where} is no object; write keys and values in braces")
        return cls(value, where)

    def part(self, key: str) -> _Part:
        return self.of(self.values.get(key), self._place(key))

    def parts(self, key: str) -> dict[str, _Part]:
        part = self.part(key)
        return {name: self.of(value, f"{part.where}[{name!r}]") for name, value in part.values.items()}

    def rows(self, key: str) -> list[_Part]:
        rows = self.values.get(key)
        if not isinstance(rows, list):
            raise ValueError(f"{self._place(key)} is no list; write the requests in brackets")
        return [self.of(row, f"{self._place(key)}[{number}]") for number, row in enumerate(rows)]

    def number(self, key: str, least: float = 0.0) -> float | None:
        value = self.values.get(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and least <= value <= _LARGEST):  # nan is neither
            wanted = "a number" if least < 0 else "a number of 0 or more"
            raise ValueError(f"{self._place(key)}: {str(value)[:40]!r} is not possible; write {wanted}, or null")
        return float(value)

    def whole(self, key: str) -> int | None:
        value = self.number(key)
        if value is None:
            return None
        if not value.is_integer():
            raise ValueError(f"{self._place(key)}: {value} is not possible; write a whole number, or null")
        return int(self.values[key])

    def _place(self, key: str) -> str:
        return key if self.where == "the trace" else f"{self.where}.{key}"
