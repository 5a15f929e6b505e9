"""The sandbox as a host of hosts.yaml."""

from __future__ import annotations

from typing import Any

from ccdeploy.sandbox.account import user_name
from ccdeploy.sandbox.layout import Layout
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.traefik import ROUTE


def host_entry(layout: Layout, options: SandboxOptions, ports: dict[str, int]) -> dict[str, Any]:
    """Return the sandbox as the value of an entry under `hosts`."""
    route = {
        "url": f"http://127.0.0.1:{ports['traefik']}",
        "api": f"http://127.0.0.1:{ports['traefik_api']}",
        "dynamic_file": str(layout.dynamic_file),
        **ROUTE,
    }
    return {
        "ssh": {
            "address": "127.0.0.1",
            "port": ports["ssh"],
            "user": user_name(),
            "identity_file": str(layout.ssh / "id_ed25519"),
            "known_hosts": str(layout.ssh / "known_hosts"),
            "host_key_policy": "strict",
        },
        "root": str(layout.root),
        "litellm": "venv/bin/litellm",
        "env_file": ".env",
        "listen": {"address": "127.0.0.1", "ports": [ports["listen_1"], ports["listen_2"]]},
        "ready_timeout": "120s",
        "drain_timeout": "60s",
        "config": "tdd-pipeline",  # what the incident deployed in the end
        "traefik": route if options.traefik else None,
        "ollama": {
            "url": f"http://127.0.0.1:{ports['ollama']}",
            "memory": options.memory,
            "log": str(layout.ollama_log),
        },
    }
