"""The generated parts of docs/explanation/memory.md: what is reckoned, and what a real server allocated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccdeploy.ollama.footprint import Footprint, kv_cache_bytes, predicted_bytes, resident
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from docs.markdown import table

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "memory"
FOLDER = CASES / "llama-server"
WHOLE, HOLLOW = "gemma3-270m", ("qwen2.5-7b", "qwen2.5-32b")
OLLAMA = "0.33.0"
GIB, MIB = 2**30, 2**20
_PARTS = ("context", "parallel", "cache", "batch", "KV, MiB", "estimate", "buffers, MiB", "estimate")
_ERAS = ("0.11.4", "0.24.0", OLLAMA)


def estimates() -> str:
    """Return the table of the recorded runs of a small model, each beside its estimate."""
    case = _case(WHOLE)
    rows = [_compared(case["model"], run) for run in case["runs"]]
    return f"{_shape(case)}\n\n{table((*_PARTS, 'all', 'off by'), rows)}"


def shapes() -> str:
    """Return the table of the recorded runs with the shapes of large models: contexts and buffers, one request."""
    rows: list[Sequence[str]] = []
    for name in HOLLOW:
        case = _case(name)
        alone = [run for run in case["runs"] if run["parallel"] == 1 and run["kv_type"] == "f16"]
        rows += [(name, *_compared(case["model"], run)[: len(_PARTS)]) for run in alone]
    return table(("shape", *_PARTS), rows)


def eras() -> str:
    """Return the table of what versions of Ollama expect of one model, and what it takes."""
    shape = json.loads((CASES / "kv-cache.json").read_text(encoding="utf-8"))["shapes"]["32B"]
    model = Model("32b", "", file_bytes=19_851_349_856, train_ctx_tokens=32_768, vocabulary=152_064, **shape)
    rows: list[Sequence[str]] = []
    for tokens in (4_096, 32_768, 131_072):
        servers = [Server(version, 48 * GIB) for version in _ERAS]
        taken = resident(model, tokens, servers[-1])
        expected = [_gib(predicted_bytes(model, tokens, server)) for server in servers]
        rows.append((str(tokens), *expected, _gib(taken.total_bytes if taken else None)))
    return table(("`num_ctx`", *(f"{version} expects" for version in _ERAS), "taken"), rows)


def kv_cache() -> str:
    """Return the table of key/value caches in GiB, for one request."""
    case = json.loads((CASES / "kv-cache.json").read_text(encoding="utf-8"))
    rows: list[Sequence[str]] = []
    for row in case["rows"]:
        model = Model(row["shape"], "", **case["shapes"][row["shape"]])
        sizes = [kv_cache_bytes(model, tokens, kv_type=row["kv_type"]) or 0 for tokens in case["contexts"]]
        rows.append((f"Qwen 2.5 {row['shape']}, {row['kv_type']}", *(f"{size / GIB:.2f}" for size in sizes)))
    return table(("GiB", *(f"{tokens // 1024}k" for tokens in case["contexts"])), rows)


def _case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _shape(case: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in case["versions"].items())
    return f"Weights: {_mib(case['model']['file_bytes'])} MiB of file. Recorded with {versions}, on a CPU."


def _compared(shape: dict[str, Any], run: dict[str, Any]) -> Sequence[str]:
    model = Model("", "", **shape, is_completion=not run["embedding"])
    server = Server(OLLAMA, None, num_parallel=run["parallel"], kv_cache_type=run["kv_type"])
    expected = resident(model, run["num_ctx"], server, flash_attention=run["flash_attention"])
    if expected is None:
        raise ValueError(f"no estimate of {run}")
    seen = recorded(run)
    flash = "" if run["flash_attention"] else ", no flash attention"
    return (
        f"{run['num_ctx']}{' (embedding)' if run['embedding'] else ''}",
        str(run["parallel"]),
        f"{run['kv_type']}{flash}",
        str(run["batch"]),
        _mib(seen.kv_bytes),
        _mib(expected.kv_bytes),
        _mib(seen.compute_bytes),
        _mib(expected.compute_bytes),
        _mib(seen.total_bytes),
        f"{(expected.total_bytes / seen.total_bytes - 1) * 100:+.1f} %",
    )


def recorded(run: dict[str, Any]) -> Footprint:
    """Return what was printed; the model is what is mapped of its file, and a copy in the order that suits a CPU."""
    mib = dict.fromkeys(("model", "KV", "compute", "output"), 0.0)
    for name, size in run["buffers_mib"].items():
        mib[name.split()[1].strip(",")] += size
    return Footprint(*(round(part * MIB) for part in (mib["model"], mib["KV"], mib["compute"] + mib["output"])))


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / MIB:.1f}"


def _gib(size_bytes: int | None) -> str:
    return "unknown" if size_bytes is None else f"{size_bytes / GIB:.1f} GiB"
