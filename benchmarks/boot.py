"""LiteLLM's own boot on the embedded host: the unit that the benchmarks measure in."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from ccdeploy.sandbox.state import State


def boot_s(state: State, port: int) -> float:
    """Start LiteLLM by itself on a free port with what serves now; return the seconds from exec to its first 200."""
    root = Path(state.host["root"])
    environment = dict(line.split("=", 1) for line in (root / ".env").read_text().splitlines() if "=" in line)
    config = root / "current" / "config.yaml"
    command = [str(root / "venv/bin/litellm"), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    began = time.monotonic()
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not is_up(port):
            time.sleep(0.01)
        return time.monotonic() - began
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_up(port: int) -> bool:
    """Whether a proxy on a port of loopback answers that it lives, asked on a fresh connection."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(b"GET /health/liveliness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return b" 200 " in sock.recv(64)
    except OSError:
        return False
