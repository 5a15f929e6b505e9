"""The ports of a sandbox: chosen once, kept in `ports.json`, and moved when someone else has taken one."""

from __future__ import annotations

import json

from ccdeploy.sandbox.layout import Layout
from ccdeploy.sandbox.ports import becomes_free, free_port
from ccdeploy.sandbox.seed import move_ports
from ccdeploy.sandbox.state import Part, write_private

PORTS = ("ssh", "ollama", "traefik", "traefik_api", "listen_1", "listen_2")


def choose_ports(layout: Layout, alive: dict[str, Part], is_running: bool) -> dict[str, int]:
    """Return a port for each name: the one it had, unless someone else has it now."""
    had = _kept_ports(layout)
    held = {name for name in alive if alive[name].is_alive} | ({"listen_1", "listen_2"} if is_running else set())
    if "traefik" in held:
        held.add("traefik_api")
    ports: dict[str, int] = {}
    for name in PORTS:
        old = had.get(name)
        ports[name] = (
            old if old and (name in held or becomes_free(old)) else free_port({*ports.values(), *had.values()})
        )
    if ports != had:
        write_private(layout.ports, json.dumps(ports, indent=2) + "\n")
        move_ports(layout, had, ports)
    return ports


def _kept_ports(layout: Layout) -> dict[str, int]:
    try:
        data = json.loads(layout.ports.read_bytes())
        return {name: int(data[name]) for name in PORTS if name in data}
    except (OSError, ValueError, TypeError):
        return {}
