"""Reads the case files of tests/cases/arrival, and records them: what the installed LiteLLM sends to an Ollama.

.venv/bin/python -m tests.litellm.arrivals

# why it matters
# ask: NAME [embedding]                                     what a client asks for
# arrives: NAME -> PATH MODEL num_ctx=N keep_alive=VALUE    recorded; a line for each deployment that a request may take
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ccdeploy.ollama.keepalive import keep_alive_s

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "arrival"
CASES = sorted(FOLDER.glob("*.yaml"))
MOST_TRIES = 60  # of a name that three deployments serve: one of them is missed once in 10 thousand million
NOTHING = "nothing"
REFUSED = "refused"  # what Ollama answers 400 to


@dataclass(frozen=True)
class Ask:
    """What a client asks for."""

    name: str
    is_embedding: bool

    def __str__(self) -> str:
        return f"{self.name} embedding" if self.is_embedding else self.name


def environment(base: str) -> dict[str, str]:
    """Return what the configs refer to."""
    return {"BASE": base, "BASE_V1": f"{base}/v1", "CONTEXT": "16384", "KEEP": "20m"}


def heads(case: Path, key: str) -> list[str]:
    """Return the lines of a case's head that begin with a word."""
    mark = f"# {key}: "
    return [line.removeprefix(mark) for line in case.read_text().splitlines() if line.startswith(mark)]


def asks(case: Path) -> list[Ask]:
    """Return what is asked of a case."""
    return [Ask(head.removesuffix(" embedding"), head.endswith(" embedding")) for head in heads(case, "ask")]


def told(path: str, body: dict[str, Any]) -> str:
    """Return what Ollama takes from a request: of /v1 it reads neither, and a context only as a number."""
    reads = path.startswith("/api/")
    num_ctx = (body.get("options") or {}).get("num_ctx") if reads else None
    keep_alive = body.get("keep_alive") if reads else None
    context = REFUSED if isinstance(num_ctx, str) else json.dumps(num_ctx and int(num_ctx))
    try:
        keep_alive_s(keep_alive)
    except ValueError:
        return f"{path} {body['model']} num_ctx={context} keep_alive={REFUSED}"
    return f"{path} {body['model']} num_ctx={context} keep_alive={json.dumps(keep_alive)}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "model" in body:  # else it is asked for a model's shape, which loads nothing
            self.server.seen.append(told(self.path, body))  # type: ignore[attr-defined]
        message = {"role": "assistant", "content": "x"}
        answer = {
            "model": "x", "created_at": "2026-01-01T00:00:00Z", "message": message, "response": "x",
            "done": True, "embeddings": [[0.0]], "id": "1", "object": "chat.completion", "created": 0,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }  # fmt: skip
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of something that answers as Ollama does, and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    seen: list[str] = []
    server.seen = seen  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def recorded(case: Path, expected: Iterable[str] = ()) -> list[str]:
    """Return what arrives for each ask of a case, by the installed LiteLLM.

    Each is tried until it did all that is expected of it, for chance takes one of several deployments.
    """
    with listener() as (base, seen), patch.dict(os.environ, environment(base)):
        return asyncio.run(_arrivals(case, seen, frozenset(expected)))


async def _arrivals(case: Path, seen: list[str], expected: frozenset[str]) -> list[str]:
    from litellm.proxy import proxy_server

    config: Any = proxy_server.ProxyConfig()
    router, _, _ = await config.load_config(router=None, config_file_path=str(case))
    lines = []
    for ask in asks(case):
        seen.clear()
        wanted = {line for line in expected if line.startswith(f"{ask} -> ")}
        for _ in range(MOST_TRIES):
            await _try(router, ask)
            found = {f"{ask} -> {line}" for line in seen or [NOTHING]}
            if found == wanted:
                break
        lines += sorted(found)
    return lines


async def _try(router: Any, ask: Ask) -> None:
    try:
        if ask.is_embedding:
            await router.aembedding(model=ask.name, input=["x"], num_retries=0)
        else:
            await router.acompletion(model=ask.name, messages=[{"role": "user", "content": "x"}], num_retries=0)
    except Exception as exc:
        print(f"{ask}: {type(exc).__name__}")


def record() -> None:
    """Write the lines of each case anew."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MASTER_KEY"] = "made-up-for-this-test"
    for case in CASES:
        kept = [line for line in case.read_text().splitlines() if not line.startswith("# arrives: ")]
        place = 1 + max(number for number, line in enumerate(kept) if line.startswith("# ask: "))
        kept[place:place] = [f"# arrives: {line}" for line in recorded(case)]
        case.write_text("\n".join(kept) + "\n")
        print(case.name)


if __name__ == "__main__":
    record()
