"""The configuration of the sandbox's Traefik: one entry point, the API, and a watched folder with our dynamic file."""

from __future__ import annotations

import json
import shutil
import sysconfig
from collections.abc import Mapping
from typing import Any

from ccdeploy.errors import Refused
from ccdeploy.traefik.dynamic import Slot, Wiring, read, text

# As JSON strings, which are YAML too: a path may hold any character.
_STATIC = """\
global:
  checkNewVersion: false
  sendAnonymousUsage: false
entryPoints:
  web:
    address: "127.0.0.1:{port}"
  traefik:
    address: "127.0.0.1:{api}"
api:
  insecure: true
  dashboard: false
ping: {{}}
providers:
  providersThrottleDuration: 100ms
  file:
    directory: {directory}
    watch: true
log:
  level: INFO
"""

# As the host's settings say it: entry.py. A deploy writes the same file.
ROUTE: dict[str, Any] = {"rule": "PathPrefix(`/`)", "entry_points": ["web"], "health_interval": "1s"}
_WIRING = Wiring("ccproxy", "ccproxy", ROUTE["rule"], tuple(ROUTE["entry_points"]), health_interval_s=1.0)


def static_config(port: int, api: int, directory: str) -> str:
    """Return traefik.yml for the two ports and the folder of dynamic files."""
    return _STATIC.format(port=port, api=api, directory=json.dumps(directory))


def dynamic_config(port: int, fallback: int | None = None, number: int = 1) -> str:
    """Return the dynamic file that sends everything to the proxy on `port`, as a deploy writes it."""
    return text(_WIRING, _slot(port), None if fallback is None else _slot(fallback), number)


def moved(dynamic: str, ports: Mapping[int, int]) -> str:
    """Return a dynamic file with other ports; one of another hand keeps all but the addresses."""
    written = read(dynamic)
    if written is not None and written.is_whole:
        fallback = written.fallback
        to, other = ports.get(written.to, written.to), fallback and ports.get(fallback, fallback)
        return dynamic_config(to, other, written.number)
    for old, new in ports.items():
        dynamic = dynamic.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    return dynamic


def _slot(port: int) -> Slot:
    return Slot(port, f"http://127.0.0.1:{port}")


def traefik_program() -> str:
    """Return the path of Traefik. Raises Refused where there is none."""
    found = find_traefik()
    if not found:
        raise Refused(
            "sandbox: no traefik in this Python environment or on PATH",
            hint="install it with `pip install 'ccdeploy[sandbox]'`",
        )
    return found


def find_traefik() -> str | None:
    """Return the path of Traefik: the one installed beside ccdeploy, else the one on PATH, else None."""
    return shutil.which("traefik", path=sysconfig.get_path("scripts")) or shutil.which("traefik")
