"""`python -m ccdeploy.sandbox.ollama`: serve the stand-in on a port of loopback until SIGTERM."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from ccdeploy.ollama.server import Server
from ccdeploy.sandbox.ollama.access import AccessLog
from ccdeploy.sandbox.ollama.app import make_app
from ccdeploy.sandbox.ollama.engine import Engine
from ccdeploy.sandbox.ollama.log import Log, to_file
from ccdeploy.sandbox.ollama.serving import Pace
from ccdeploy.units import size_bytes

VERSION = "0.33.0"  # whose scheduler it has


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--memory", default="32GB")
    parser.add_argument("--load-s", type=float, default=0.3)
    parser.add_argument("--tokens-per-s", type=float, default=50.0)
    parser.add_argument("--log", type=Path, help="where Ollama's own log would be")
    given = parser.parse_args()
    server = Server(VERSION, gpu_total_bytes=size_bytes(given.memory))
    write = to_file(given.log) if given.log else _nowhere
    log = Log(write)
    log.began(server, given.port)
    app = AccessLog(make_app(Engine(server, log), Pace(given.load_s, given.tokens_per_s)), write)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="info", timeout_graceful_shutdown=2)


def _nowhere(_line: str) -> None:
    """Write nothing."""


if __name__ == "__main__":
    main()
