"""An Ollama of one thread a request that answers at once and remembers every request; it loads nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL_CALLS = frozenset({"/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/v1/chat/completions"})
CHUNK_S = 0.05  # between two chunks of a stream


@dataclass
class TinyOllama:
    """Where it answers, and what it was asked: (path, body) in the order in which requests came."""

    port: int = 0
    loads: int = 0  # what it says that it has loaded; a test may raise it
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address to configure as api_base."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def model_calls(self) -> list[dict[str, Any]]:
        """The bodies of the requests that would have loaded a model."""
        return [body for path, body in self.requests if path in MODEL_CALLS]


@contextmanager
def tiny_ollama() -> Iterator[TinyOllama]:
    """Run one on a port of the system's choice."""
    seen = TinyOllama()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(seen))
    server.daemon_threads = True
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def _handler(seen: TinyOllama) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.requests.append((self.path, body))
            if self.path != "/api/chat":
                return self._send(404, b'{"error":"model not found"}')
            if body.get("stream"):
                return self._stream(body)
            return self._send(200, _line(body["model"], "0 1 2 ", done=True))

        def do_GET(self) -> None:
            seen.requests.append((self.path, {}))
            answer: dict[str, Any] = {"loads": seen.loads} if self.path == "/sandbox/log" else {"models": []}
            self._send(200, json.dumps(answer).encode())

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/x-ndjson")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            pause = threading.Event()
            for number in range(body.get("options", {}).get("num_predict", 3)):
                self._chunk(_line(body["model"], f"{number} ", done=False))
                pause.wait(CHUNK_S)
            self._chunk(_line(body["model"], "", done=True))
            self.wfile.write(b"0\r\n\r\n")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    return Handler


def _line(model: str, content: str, *, done: bool) -> bytes:
    line: dict[str, Any] = {
        "model": model,
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": content},
        "done": done,
    }
    if done:
        line |= {"done_reason": "stop", "prompt_eval_count": 1, "eval_count": 3}
    return json.dumps(line).encode() + b"\n"
