"""The sandbox with the real LiteLLM in it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.sandbox import hand
from ccdeploy.sandbox.layout import Layout, layout_of
from ccdeploy.sandbox.lifecycle import down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.ports import answers
from ccdeploy.sandbox.processes import marked
from tests.sandbox.clients import env_of, http_call

# Python tells a hook of every look-up and connection that it makes; what a C library makes, it does not
# see. That is what the proxy below is for.
SPY = """
import os, sys
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        where = args[1] if event == "socket.connect" else args[:2]
        with open(os.environ["SPY_LOG"], "a") as log:
            log.write(f"{event} {where}\\n")
sys.addaudithook(hook)
"""


@pytest.fixture
def asked() -> Iterator[tuple[int, list[str]]]:
    """A web proxy that answers 502, its port, and what was asked of it."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def refuse(self) -> None:
            seen.append(self.requestline)
            self.send_error(502)

        do_GET = do_POST = do_CONNECT = do_HEAD = refuse

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.real
@pytest.mark.xdist_group("real")
def test_the_whole_serves_a_completion_asks_nothing_of_the_network_and_goes(
    folder: Path, tmp_path: Path, asked: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boot, one question through Traefik to Ollama's stand-in, and down again, on one boot of LiteLLM."""
    proxy, requests = asked
    spy_log = tmp_path / "spy.log"
    (tmp_path / "spy").mkdir()
    (tmp_path / "spy" / "sitecustomize.py").write_text(SPY)
    genuine = hand._environment

    def watched(layout: Layout, shell: str) -> dict[str, str]:
        address = f"http://127.0.0.1:{proxy}"
        watch = {"PYTHONPATH": str(tmp_path / "spy"), "SPY_LOG": str(spy_log)}
        return {
            **genuine(layout, shell),
            **watch,
            "HTTPS_PROXY": address,
            "HTTP_PROXY": address,
            "NO_PROXY": "127.0.0.1",
        }

    monkeypatch.setattr(hand, "_environment", watched)
    state = up(folder, options=SandboxOptions(load_s=0, tokens_per_s=1000))

    key = {"Authorization": f"Bearer {env_of(state)['LITELLM_MASTER_KEY']}"}
    question = {"model": "claude-3-5-sonnet", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4}
    answer = http_call(state.ports["traefik"], "/v1/chat/completions", question, key)
    assert answer.status == 200, answer.body
    assert answer.json["choices"][0]["message"]["content"].strip() == "1 2 3 4"
    log = http_call(state.ports["ollama"], "/sandbox/log").json
    assert [(e["event"], e["model"]) for e in log["events"]] == [
        ("load", "qwen-fast:latest"),
        ("loaded", "qwen-fast:latest"),
    ]

    assert requests == []
    touched = spy_log.read_text().splitlines() if spy_log.exists() else []
    assert [line for line in touched if "127.0.0.1" not in line and "localhost" not in line] == []

    down(folder)
    assert marked(str(layout_of(folder).base)) == []
    assert not any(answers(port) for port in state.ports.values())
