"""What an Ollama on the host says of itself in its log: how much memory it has for models, and its settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.errors import Refused
from ccdeploy.ollama.log.startup import Startup, last_start, server
from ccdeploy.shell.ollama import JOURNAL, starts

if TYPE_CHECKING:
    from ccdeploy.ollama.server import Server
    from ccdeploy.settings import Host
    from ccdeploy.settings.host import Ollama
    from ccdeploy.transport.seam import Transport

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Found:
    """The last start that a log on the host tells of; `place` is its file, or `journal`."""

    place: str
    start: Startup


def last_start_on(transport: Transport, host: Host, url: str | None = None) -> Found | None:
    """Return the last start of the host's Ollama; None where no log tells of it. Raises Refused on half an answer.

    `url` is its address where the settings name none.

    The log that the settings name is taken as it is. Elsewhere, only a log of an Ollama on this port of the host's
    loopback counts: another one's memory would be a wrong budget.
    """
    named = host.ollama.log if host.ollama else None
    url = host.ollama.url if host.ollama else url
    port = _loopback_port(url) if url else None
    if named is None and port is None:
        return None
    asked = starts(named)
    try:
        parts = asked.parts(transport.run(asked.command).stdout)
    except ValueError as exc:
        raise Refused(f"{host.name}: {exc}", hint="run the command again; does a login script end the shell?") from exc
    found = sorted(_found(parts), key=lambda each: each[0])
    ours = [one for _, one in found if named is not None or one.start.port in (None, port)]
    return ours[-1] if ours else None


def server_of(host: Host, found: Found | None, version: str) -> Server:
    """Return the host's Ollama as its scheduler sees it; what the settings say comes before what its log says."""
    return as_written(server(found.start if found else Startup(), version), host.ollama)


def as_written(told: Server, settings: Ollama | None) -> Server:
    """Return the Ollama with what the settings say of it."""
    if settings is None:
        return told
    return replace(
        told,
        gpu_total_bytes=settings.memory_bytes or told.gpu_total_bytes,
        max_loaded_models=settings.max_loaded_models or told.max_loaded_models,
        num_parallel=settings.num_parallel or told.num_parallel,
        kv_cache_type=settings.kv_cache_type or told.kv_cache_type,
    )


def _found(parts: Mapping[str, bytes]) -> list[tuple[int, Found]]:
    """Return the last start of each log, with the time at which it was last written; a journal is the newest."""
    found = []
    for name, lines in parts.items():
        kind, _, place = name.partition(":")
        if kind == "lines" and (start := last_start(lines.decode("utf-8", "replace").splitlines())):
            found.append((_written(parts, place), Found(place, start)))
    return found


def _written(parts: Mapping[str, bytes], place: str) -> int:
    written = parts.get(f"time:{place}", b"").strip()
    return int(written) if written.isdigit() else sys.maxsize if place == JOURNAL else 0


def _loopback_port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or 80 if parts.hostname in _LOOPBACK else None
