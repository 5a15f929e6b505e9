"""`python -m ccdeploy.sandbox.ollama`: serve the stand-in on a port of loopback until SIGTERM."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from ccdeploy.sandbox.ollama import log
from ccdeploy.sandbox.ollama.answers import VERSION
from ccdeploy.sandbox.ollama.app import make_app
from ccdeploy.sandbox.ollama.engine import Engine
from ccdeploy.sandbox.ollama.memory import Memory
from ccdeploy.units import size_bytes


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--memory", default="32GB")
    parser.add_argument("--load-s", type=float, default=0.3)
    parser.add_argument("--tokens-per-s", type=float, default=50.0)
    parser.add_argument("--log", type=Path, help="where Ollama's own log would be")
    given = parser.parse_args()
    memory = size_bytes(given.memory)
    engine = Engine(Memory(memory), given.load_s, given.tokens_per_s)
    if given.log:
        log.write_start(log.to_file(given.log), given.port, VERSION, memory)
    uvicorn.run(make_app(engine), host="127.0.0.1", port=given.port, log_level="info", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()
