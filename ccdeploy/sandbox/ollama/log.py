"""The stand-in's server log, in the words and the form of Ollama's own: what it writes as it starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

Write = Callable[[str], None]

_GIB = 2**30
# As OLLAMA_... variables are printed, those that decide what stays in memory.
_ENVIRONMENT = {
    "OLLAMA_CONTEXT_LENGTH": "4096",
    "OLLAMA_FLASH_ATTENTION": "false",
    "OLLAMA_GPU_OVERHEAD": "0",
    "OLLAMA_KEEP_ALIVE": "5m0s",
    "OLLAMA_KV_CACHE_TYPE": "",
    "OLLAMA_LOAD_TIMEOUT": "5m0s",
    "OLLAMA_MAX_LOADED_MODELS": "0",
    "OLLAMA_MAX_QUEUE": "512",
    "OLLAMA_NUM_PARALLEL": "1",
    "OLLAMA_SCHED_SPREAD": "false",
}


def to_file(path: Path) -> Write:
    """Return what adds a line to a file, made with its folder where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(line: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return write


def write_start(write: Write, port: int, version: str, memory_bytes: int) -> None:
    """Write what Ollama writes as it starts: its settings, its address, its memory."""
    address = f"127.0.0.1:{port}"
    environment = {**_ENVIRONMENT, "OLLAMA_HOST": f"http://{address}"}
    told = " ".join(f"{name}:{value}" for name, value in sorted(environment.items()))
    memory = f"{memory_bytes / _GIB:.1f} GiB"
    write(info("routes.go:1951", "server config", {"env": f"map[{told}]"}))
    write(info("routes.go:2008", f"Listening on {address} (version {version})", {}))
    device = {"id": "0", "library": "Metal", "name": "MTL0", "description": "a stand-in", "type": "iGPU"}
    write(info("types.go:32", "inference compute", {**device, "total": memory, "available": memory}))


def info(source: str, message: str, fields: Mapping[str, str]) -> str:
    """Return a line: quoted where a value holds a space, a quote or an equals sign, or is empty."""
    now = datetime.now().astimezone().isoformat(timespec="milliseconds")
    pairs = {"time": now, "level": "INFO", "source": source, "msg": message, **fields}
    return " ".join(f"{name}={_quoted(value)}" for name, value in pairs.items())


def _quoted(value: str) -> str:
    is_plain = value and not any(sign in value for sign in ' "=\\')
    return value if is_plain else json.dumps(value, ensure_ascii=False)
