"""How long the main job takes, in units of LiteLLM's own boot on the same machine in the same run.

By hand: `.venv/bin/python benchmarks/deploy_times.py [--write]`; `--write` puts the table into
docs/reference/benchmarks.md. Every figure is the median of several runs; the machine should be quiet.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from boot import boot_s, is_up
from ccdeploy.sandbox import lifecycle
from ccdeploy.sandbox.state import State

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "reference" / "benchmarks.md"
CCDEPLOY = str(Path(sys.executable).parent / "ccdeploy")
DEPLOYS = 3
QUICK = 7  # runs of what takes less than a second
STREAM_TOKENS = 600
TOKENS_PER_S = 50


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, what came out, and the bound that it is held against."""

    what: str
    seconds: float
    bound_s: float
    bound: str

    @property
    def is_kept(self) -> bool:
        """Whether the figure is within its bound."""
        return self.seconds <= self.bound_s


def main() -> int:
    """Measure, print, and return 1 when a bound is broken."""
    with tempfile.TemporaryDirectory(prefix="ccdeploy-benchmark-") as name:
        folder = Path(name)
        shutil.copytree(PROJECT / "configs", folder / "configs")
        try:
            figures, extras = _measured(folder)
        finally:
            lifecycle.down(folder)
    page = _page(figures, extras)
    print(page)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
    return 0 if all(figure.is_kept for figure in figures) else 1


def _measured(folder: Path) -> tuple[list[Figure], list[tuple[str, str]]]:
    state = lifecycle.up(folder, say=print)
    _run(folder, "setup")
    _run(folder, "deploy", "two-model", "--allow", "removal")  # it has no gpt-4
    boots, deploys, streamed = [], [], []
    spare = int(state.host["listen"]["ports"][1])
    for number in range(DEPLOYS):  # in turn, so that a machine that gets slower or faster does so for all
        boots.append(boot_s(state, spare))
        deploys.append(_deploy(folder, state, 2 * number, with_stream=False))
        boots.append(boot_s(state, spare))
        streamed.append(_deploy(folder, state, 2 * number + 1, with_stream=True))
    boot = statistics.median(boots)
    everything = [*deploys, *streamed]
    figures = [
        Figure("deploy, strategy restart", _median(d.seconds for d in deploys), 2 * boot + 2, "2 B + 2 s"),
        Figure("its downtime", _median(d.downtime_s for d in deploys), boot + 0.5, "B + 0.5 s"),
        Figure("its downtime, a stream running", _median(d.downtime_s for d in streamed), boot + 0.5, "B + 0.5 s"),
        Figure("verify", _timed(folder, "verify"), 1.0, "1 s"),
        Figure("deploy with nothing to do", _timed(folder, "deploy", "bench"), 1.0, "1 s"),
        Figure("ccdeploy --help", _timed(folder, "--help"), 0.150, "150 ms"),
        Figure("check", _timed(folder, "check"), 0.400, "400 ms"),
    ]
    extras = [
        ("B, LiteLLM's own boot (exec to the first 200)", f"{boot:.2f} s"),
        ("exec channels of a deploy", str(max(d.channels for d in everything))),
        ("streams cut", str(sum(not d.stream_is_whole for d in streamed))),
        ("reported downtime differs from this benchmark's own probe by at most",
         f"{1000 * max(abs(d.downtime_s - d.reported_s) for d in everything):.0f} ms"),
        ("model loads caused", str(sum(d.loads for d in deploys))),
    ]  # fmt: skip
    return figures, extras


@dataclass(frozen=True)
class Deploy:
    """One deploy as it was measured from outside, and as ccdeploy reported it."""

    seconds: float
    downtime_s: float
    reported_s: float
    channels: int
    loads: int
    stream_is_whole: bool


def _deploy(folder: Path, state: State, number: int, *, with_stream: bool) -> Deploy:
    text = (folder / "configs/litellm/two-model.yaml").read_text()
    (folder / "configs/litellm/bench.yaml").write_text(text.replace("num_ctx: 8192", f"num_ctx: {4096 + number}"))
    port = int(state.host["listen"]["ports"][0])
    stream = Stream(state, port) if with_stream else None
    if stream:
        stream.begin()
    channels, loads = _channels(folder), _loads(state)
    with Probe(port) as probe:
        began = time.monotonic()
        answer = _run(folder, "deploy", "bench", "--json")
        seconds = time.monotonic() - began
    if stream:
        stream.end()
    return Deploy(
        seconds,
        probe.down_s,
        json.loads(answer)["downtime_ms"] / 1000,
        _channels(folder) - channels,
        _loads(state) - loads,
        stream.is_whole if stream else True,
    )


class Probe:
    """Asks for liveliness on a fresh connection every 10 ms, from a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self.down_s = 0.0

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask_on(self) -> None:
        down_since: float | None = None
        while not self._over.wait(0.01):
            now = time.monotonic()
            if not is_up(self._port):
                down_since = now if down_since is None else down_since
            elif down_since is not None:
                self.down_s += now - down_since  # a request sent from here on is served
                down_since = None


class Stream:
    """One streaming chat completion that spans a deploy."""

    def __init__(self, state: State, port: int) -> None:
        key = next(
            line.split("=", 1)[1]
            for line in (Path(state.host["root"]) / ".env").read_text().splitlines()
            if line.startswith("LITELLM_MASTER_KEY=")
        )
        body = {
            "model": "claude-3-haiku",
            "stream": True,
            "max_tokens": STREAM_TOKENS,
            "tokens_per_s": TOKENS_PER_S,
            "messages": [{"role": "user", "content": "count"}],
        }
        self._request = urllib.request.Request(  # the sandbox's own loopback port
            f"http://127.0.0.1:{port}/v1/chat/completions",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._has_begun = threading.Event()
        self.is_whole = False

    def begin(self) -> None:
        """Open it, and return when its first chunk is there."""
        self._thread.start()
        self._has_begun.wait(timeout=60)

    def end(self) -> None:
        """Wait until it is over."""
        self._thread.join(timeout=120)

    def _read(self) -> None:
        with urllib.request.urlopen(self._request, timeout=120) as answer:  # noqa: S310  # as above
            for line in answer:
                self._has_begun.set()
                self.is_whole = self.is_whole or line.strip() == b"data: [DONE]"


def _channels(folder: Path) -> int:
    log = folder / ".ccdeploy/sandbox/ssh.log"
    return sum(json.loads(line)["kind"] == "exec" for line in log.read_text().splitlines()) if log.exists() else 0


def _loads(state: State) -> int:
    with urllib.request.urlopen(f"{state.host['ollama']['url']}/sandbox/log", timeout=10) as answer:  # noqa: S310  # as above
        return int(json.load(answer)["loads"])


def _timed(folder: Path, *words: str) -> float:
    def once() -> float:
        began = time.monotonic()
        _run(folder, *words)
        return time.monotonic() - began

    once()
    return statistics.median(once() for _ in range(QUICK))


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run([CCDEPLOY, *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"ccdeploy {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _page(figures: list[Figure], extras: list[tuple[str, str]]) -> str:
    rows = [
        f"| {f.what} | {f.seconds:.3f} s | {f.bound} = {f.bound_s:.2f} s | {'yes' if f.is_kept else 'NO'} |"
        for f in figures
    ]
    more = [f"| {what} | {value} |" for what, value in extras]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by `.venv/bin/python benchmarks/deploy_times.py --write`: the real LiteLLM, the real Traefik and the",
            "SSH server of the sandbox, all on one machine. Bounds are in units of B, LiteLLM's own boot in the same",
            f"run. Medians: {2 * DEPLOYS} boots, {DEPLOYS} deploys of each kind, {QUICK} runs of what is quick.",
            "What becomes of requests meanwhile is measured [under load](under-load.md).",
            "",
            f"Machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}.",
            "",
            "| what | median | bound | kept |",
            "| --- | ---: | ---: | --- |",
            *rows,
            "",
            "| also | |",
            "| --- | ---: |",
            *more,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
