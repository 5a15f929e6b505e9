"""The stand-in's server log, in the words and the form of Ollama's own: what it starts with, and each load.

Source: Ollama 0.33, server/sched.go:551-562 and 728, llm/llama_server.go:433, 1301 and 1362.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ccdeploy.ollama.scheduler.effects import Load
from ccdeploy.ollama.scheduler.fit import Fit
from ccdeploy.ollama.server import Server
from ccdeploy.sandbox.ollama.catalogue import blob_path

Write = Callable[[str], None]

_GIB = 2**30
_MIB = 2**20


@dataclass(frozen=True)
class Log:
    """Writes a line for what happens. Ollama tells of a load by the file of the model, never by its name."""

    write: Write

    def began(self, server: Server, port: int) -> None:
        """Ollama starts: its settings, its address, its memory."""
        address = f"127.0.0.1:{port}"
        environment = {**_environment(server), "OLLAMA_HOST": f"http://{address}"}
        told = " ".join(f"{name}:{value}" for name, value in sorted(environment.items()))
        memory = _size(server.gpu_total_bytes or 0)
        self._info("routes.go:1951", "server config", {"env": f"map[{told}]"})
        self._info("routes.go:2008", f"Listening on {address} (version {server.version})")
        device = {"id": "0", "library": "Metal", "name": "MTL0", "description": "a stand-in", "type": "iGPU"}
        self._info("types.go:32", "inference compute", {**device, "total": memory, "available": memory})

    def compared(self, fit: Fit, num_ctx_tokens: int) -> None:
        """Whether a further model may be loaded beside those that are there was asked."""
        found = (
            ("sched.go:562", "llama-server model fits alongside existing models")
            if fit.is_good
            else ("sched.go:551", "llama-server model predicted to exceed available memory, evicting")
        )
        figures = {
            "predicted": _size(fit.predicted_bytes),
            "predicted_num_ctx": str(num_ctx_tokens),
            "available": _size(fit.available_bytes),
            "gpu_free": _size(fit.available_bytes),
            "system_limited": "false",
        }
        self._info(*found, figures)

    def starting(self, load: Load, parallel: int) -> None:
        """A load begins."""
        model = f"--model {blob_path(load.blob)} --host 127.0.0.1 --no-webui --offline"
        context = f"-c {load.num_ctx_tokens * parallel} -np {parallel}"
        self._info("llama_server.go:433", "starting llama-server", {"cmd": f"llama-server {model} {context}"})

    def started(self, took_s: float, count: int) -> None:
        """A load has ended; Ollama says so twice, for it waits twice."""
        said = f"llama-server started in {took_s:.2f} seconds"
        self._info("llama_server.go:1362", said)
        self._info("sched.go:728", "loaded runners", {"count": str(count)})
        self._info("llama_server.go:1362", said)

    def aborted(self) -> None:
        """A load is broken off."""
        said = "client connection closed before llama-server finished loading, aborting load"
        self.write(line("WARN", "llama_server.go:1301", said))

    def _info(self, source: str, message: str, values: Mapping[str, str] | None = None) -> None:
        self.write(line("INFO", source, message, values))


def to_file(path: Path) -> Write:
    """Return what adds a line to a file, made with its folder where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(line: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return write


def line(level: str, source: str, message: str, values: Mapping[str, str] | None = None) -> str:
    """Return a line: quoted where a value holds a space, a quote or an equals sign, or is empty."""
    now = datetime.now().astimezone().isoformat(timespec="milliseconds")
    pairs = {"time": now, "level": level, "source": source, "msg": message, **(values or {})}
    return " ".join(f"{name}={_quoted(value)}" for name, value in pairs.items())


def _environment(server: Server) -> dict[str, str]:
    """Return the variables that decide what stays in memory, as Ollama prints them."""
    return {
        "OLLAMA_CONTEXT_LENGTH": str(server.context_length_tokens),
        "OLLAMA_FLASH_ATTENTION": "false",
        "OLLAMA_GPU_OVERHEAD": str(server.gpu_overhead_bytes),
        "OLLAMA_KEEP_ALIVE": f"{int(server.keep_alive_s // 60)}m{server.keep_alive_s % 60:g}s",
        "OLLAMA_KV_CACHE_TYPE": "" if server.kv_cache_type == "f16" else server.kv_cache_type,
        "OLLAMA_LOAD_TIMEOUT": "5m0s",
        "OLLAMA_MAX_LOADED_MODELS": str(server.max_loaded_models),
        "OLLAMA_MAX_QUEUE": str(server.max_queue),
        "OLLAMA_NUM_PARALLEL": str(server.num_parallel),
        "OLLAMA_SCHED_SPREAD": "false",
    }


def _quoted(value: str) -> str:
    is_plain = value and not any(sign in value for sign in ' "=\\')
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _size(count: int) -> str:
    """Return bytes as Ollama's format.HumanBytes2 writes them."""
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / _MIB:.1f} MiB"
