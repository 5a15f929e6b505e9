"""The stand-in's scheduler in real time against the recorded traffic of Ollama's own, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.log.line import fields
from ccdeploy.ollama.log.loads import LoadReader
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import AFTERWARDS_S, Happening, replay
from ccdeploy.ollama.trace import Request, Trace, traces
from ccdeploy.sandbox.ollama.engine import Busy, Engine
from ccdeploy.sandbox.ollama.log import Log
from tests.support.jumping_clock import now_s, run, until_s

CASES = Path(__file__).parents[2] / "cases" / "traces"
WITHIN_S = 0.001
GIB = 2**30
SERVER = Server("0.33.0", gpu_total_bytes=16 * GIB, context_length_tokens=8192)
_SHAPE = Model("", "", file_bytes=GIB, layers=1, heads=1, kv_heads=1, embedding=1, train_ctx_tokens=8192, load_s=1)
A = replace(_SHAPE, name="a", blob="sha256-aaaa")
OTHER = replace(_SHAPE, name="b", blob="sha256-bbbb")


def play(trace: Trace) -> list[Happening]:
    """Play a trace to an engine as clients would, and return what happened to its models."""
    lines: list[str] = []

    async def all_of_it() -> list[Happening]:
        engine = Engine(trace.server, Log(lines.append))
        engine.now_s()
        clients = set()
        for request in sorted(trace.requests, key=lambda one: one.at_s):
            await until_s(request.at_s)
            clients.add(asyncio.ensure_future(_client(engine, trace.models, request)))
        await until_s(now_s() + AFTERWARDS_S)
        for client in clients:
            client.cancel()
        found = list(engine.happenings)
        await asyncio.gather(*clients, return_exceptions=True)
        return found

    return run(all_of_it())


async def _client(engine: Engine, models: Mapping[str, Model], request: Request) -> None:
    leaves_s = None if request.gives_up_after_s is None else now_s() + request.gives_up_after_s
    try:
        async with asyncio.timeout_at(leaves_s):
            number = await engine.admitted(models[request.model], request.num_ctx_tokens, request.keep_alive_s)
            try:
                await until_s(now_s() + request.duration_s)
            finally:
                engine.end(number)
    except (TimeoutError, Busy):
        pass


def told(happenings: list[Happening]) -> list[tuple[str, str, str, str]]:
    """Return events without their times: what, which file, by which name, and why."""
    return [(one.word, one.effect.blob, one.effect.model, str(one.effect.why)) for one in happenings]


@pytest.mark.parametrize("name", ["incident", "random"])
def test_what_is_simulated_is_what_happens(name: str) -> None:
    """A plan and the sandbox must tell the same of the same traffic: every event, its order, its reason, its time."""
    for trace in traces((CASES / f"{name}.jsonl").read_text()):
        planned, happened = list(replay(trace).happenings), play(trace)
        assert told(happened) == told(planned), trace.name
        assert [one.at_s for one in happened] == pytest.approx([one.at_s for one in planned], abs=WITHIN_S), trace.name


def in_time(story: Callable[[Engine, list[str]], Coroutine[Any, Any, None]], server: Server) -> None:
    """Run a story with an engine and the lines of its log."""

    async def told_of() -> None:
        lines: list[str] = []
        await story(Engine(server, Log(lines.append)), lines)

    run(told_of())


def test_a_full_queue_turns_away_at_once() -> None:
    """Ollama answers 503 to whoever is one too many; those in the queue are served."""

    async def story(engine: Engine, _: list[str]) -> None:
        first = asyncio.ensure_future(engine.admitted(A, None, None))
        await until_s(now_s() + 0.1)
        queued = asyncio.ensure_future(engine.admitted(A, None, None))
        await until_s(now_s() + 0.1)
        with pytest.raises(Busy):
            await engine.admitted(A, None, None)
        assert (await first, await queued) == (1, 2)

    in_time(story, replace(SERVER, max_queue=1))


def test_a_client_that_leaves_while_its_model_loads_ends_the_load() -> None:
    """The load is for nobody else; the log says so, and the next request loads anew."""

    async def story(engine: Engine, lines: list[str]) -> None:
        leaving = asyncio.ensure_future(engine.admitted(A, None, None))
        await until_s(now_s() + 0.5)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert [one.word for one in engine.happenings] == ["load", "abort", "unload"]
        assert "aborting load" in lines[-1]
        assert (await engine.admitted(A, None, None), engine.loads) == (2, 2)

    in_time(story, SERVER)


def test_ps_tells_who_loaded_a_file_and_who_stays_longest_first() -> None:
    """A second name for a file never shows, as with Ollama."""

    async def story(engine: Engine, _: list[str]) -> None:
        engine.end(await engine.admitted(A, None, 60.0))
        engine.end(await engine.admitted(OTHER, 99_999, None))
        engine.end(await engine.admitted(replace(A, name="alias"), None, None))
        shown = [(one.model.name, one.num_ctx_tokens, round(left)) for one, left in engine.residents()]
        assert shown == [("b", 8192, 300), ("a", 8192, 60)]
        await until_s(now_s() + 61)
        assert [one.model.name for one, _ in engine.residents()] == ["b"]

    in_time(story, SERVER)


def test_the_log_tells_of_loads_as_ollamas_does() -> None:
    """What reads a host's log must read the sandbox's."""

    async def story(engine: Engine, lines: list[str]) -> None:
        engine.end(await engine.admitted(A, 2048, None))
        engine.end(await engine.admitted(replace(OTHER, file_bytes=15 * GIB), None, None))
        reader = LoadReader()
        for line in lines:
            reader.read(line)
        assert [(one.blob, one.num_ctx_tokens, one.took_s) for one in reader.loads] == [
            ("sha256-aaaa", 2048, 1.0),
            ("sha256-bbbb", 8192, 1.0),
        ]
        said = [fields(line)["msg"] for line in lines]
        assert said.count("llama-server model predicted to exceed available memory, evicting") == 1
        assert "llama-server model fits alongside existing models" not in said

    in_time(story, SERVER)
