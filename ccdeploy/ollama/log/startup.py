"""What Ollama writes as it starts: its settings, and the memory of each device. Nothing needs to be loaded to read it.

Source: Ollama 0.33, server/routes.go, Serve (`server config`); discover/types.go, LogDetails (`inference compute`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ccdeploy.ollama.keepalive import DEFAULT_S, FOREVER, keep_alive_s
from ccdeploy.ollama.log.line import fields
from ccdeploy.ollama.server import DEFAULT_MAX_QUEUE, Server
from ccdeploy.units import size_bytes

CONFIG = "server config"
COMPUTE = "inference compute"
LISTENING = "Listening on "
_CPU = "cpu"
_VARIABLE = re.compile(r"(?:^map\[| )(\w+):([^\s\]]*)")
_VERSION = re.compile(r"\(version ([^)\s]+)\)")
_PORT = re.compile(r":(\d{1,5})/?$")
_LONGEST_S = 9_000_000_000  # Go's longest duration is 292 years: what a negative OLLAMA_KEEP_ALIVE becomes


@dataclass(frozen=True)
class Device:
    """What models can be computed on. Its sizes are told with one digit: 0.05 GiB more or less."""

    library: str
    name: str
    total_bytes: int
    available_bytes: int | None = None


@dataclass(frozen=True)
class Startup:
    """One start of Ollama: its version, its settings by name, and its GPUs; none where it computes on the CPU."""

    version: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[Device, ...] = ()
    tells_devices: bool = False

    @property
    def port(self) -> int | None:
        """The port that it listens on; None where that was not told."""
        found = _PORT.search(self.environment.get("OLLAMA_HOST", ""))
        return int(found[1]) if found else None

    @property
    def total_bytes(self) -> int | None:
        """The memory of all GPUs; None where none was told."""
        return sum(device.total_bytes for device in self.devices) or None


def last_start(lines: Iterable[str]) -> Startup | None:
    """Return the last start that a log tells of: Ollama restarts, and its log goes on. None where it tells of none."""
    found: Startup | None = None
    for line in lines:
        said = fields(line)
        message = said.get("msg", "")
        if message == CONFIG:
            found = Startup(environment=dict(_VARIABLE.findall(said.get("env", ""))))
        elif message == COMPUTE:
            found = _with_device(found or Startup(), said)
        elif message.startswith(LISTENING) and (version := _VERSION.search(message)):
            found = replace(found or Startup(), version=version[1])
    return found


def server(start: Startup, version: str) -> Server:
    """Return the Ollama that began so; what its log does not tell is Ollama's own default."""
    return Server(
        version=version,
        gpu_total_bytes=start.total_bytes,
        max_loaded_models=_number(start, "OLLAMA_MAX_LOADED_MODELS"),
        num_parallel=_number(start, "OLLAMA_NUM_PARALLEL") or 1,
        kv_cache_type=start.environment.get("OLLAMA_KV_CACHE_TYPE") or "f16",
        keep_alive_s=_keep_alive_s(start),
        context_length_tokens=_number(start, "OLLAMA_CONTEXT_LENGTH"),
        gpu_overhead_bytes=_number(start, "OLLAMA_GPU_OVERHEAD"),
        max_queue=_number(start, "OLLAMA_MAX_QUEUE") or DEFAULT_MAX_QUEUE,
    )


def _with_device(start: Startup, said: Mapping[str, str]) -> Startup:
    total = _size(said.get("total", ""))
    library = said.get("library", "")
    name = said.get("description") or said.get("name") or said.get("id", "")
    is_gpu = total and library.lower() != _CPU
    more = (Device(library, name, total, _size(said.get("available", ""))),) if total and is_gpu else ()
    return replace(start, devices=(*start.devices, *more), tells_devices=True)


def _size(text: str) -> int | None:
    try:
        return size_bytes(text) or None
    except ValueError:
        return None


def _number(start: Startup, name: str) -> int:
    value = start.environment.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 20 else 0


def _keep_alive_s(start: Startup) -> float:
    try:
        stays_s = keep_alive_s(start.environment.get("OLLAMA_KEEP_ALIVE") or None)
    except ValueError:
        return DEFAULT_S
    return FOREVER if stays_s > _LONGEST_S else stays_s
