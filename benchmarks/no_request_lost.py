"""Whether a deploy loses a request: clients ask through the real Traefik while what serves is changed, in every way.

By hand: `.venv/bin/python benchmarks/no_request_lost.py [--quick] [--write]`. It works in a folder of its own under
the temporary one and leaves nothing running; it ends with 1 when a bound is not kept. `--write` puts the tables into
docs/reference/under-load.md.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from boot import boot_s
from under_load import page
from under_load.clients import ALIASES, CLIENTS, Ask, Load, answered
from under_load.gateway import Gateway, ccdeploy, gateway
from under_load.probe import Probe
from under_load.summary import BY_HAND, GREEN, REQUESTS, RESTART, Phase, Run, bounds
from under_load.turns import Turn

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "under-load.md"
_LOOK_S = 0.05


@dataclass(frozen=True)
class Plan:
    """How long a run is. The longest streams outlast the 30 s that LiteLLM by itself leaves them when it is stopped."""

    turns: tuple[str, ...] = ("deploy", "deploy", "deploy", "rollback", "deploy", "deploy", "rollback")
    requests: int = REQUESTS
    idle_deploys: int = 3
    restarts: int = 3
    gap_stream_s: float = 48.0
    green_stream_s: float = 32.0
    is_compared: bool = True  # with what has a gap, and with LiteLLM's boot


QUICK = Plan(("deploy", "rollback"), requests=500, green_stream_s=16.0, is_compared=False)


@dataclass
class Watched:
    """What is filled while a phase lasts, and what became of it at its end."""

    load: Load
    turns: list[Turn] = field(default_factory=list)
    phase: Phase | None = None


def main(words: Sequence[str]) -> int:
    """Run, print, and return 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one deploy and one rollback")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} too")
    given = parser.parse_args(words)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="ccdeploy-load-") as name:
        try:
            run = asyncio.run(_told(Story(Path(name), QUICK if given.quick else Plan())))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("interrupted; nothing of it runs any more", file=sys.stderr)
            return 130
    for table in page.tables(run):
        console.print(table)
        console.print()
    for fault in page.faults(run):
        console.print(fault, markup=False)
    if given.write:
        PAGE.write_text(page.markdown(run), encoding="utf-8")
    return 0 if all(one.is_kept for one in bounds(run)) else 1


async def _told(story: Story) -> Run:
    """Tell a story; SIGTERM ends it as Ctrl-C does."""
    task = asyncio.current_task()
    if task:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await story.run()


class Story:
    """One run from the first proxy to the last rollback."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._began = time.monotonic()

    async def run(self) -> Run:
        """Change what serves in every way, one after the other, on the same host."""
        self._say("bringing up the embedded host, with a proxy started by hand")
        with gateway(self._folder) as host:
            if not self._plan.is_compared:
                await self._taken_over(host, GREEN)
                return Run((await self._blue_green(host),), (), (), self._plan.requests)
            by_hand = await self._by_hand(host)
            await self._taken_over(host, RESTART)
            boot_before_s = await self._boot(host)
            restart, boots_beside_s = await self._restart(host)
            boots_s, deploys_s = await self._idle(host)
            phases = (by_hand, restart, await self._blue_green(host))
            return Run(phases, (boot_before_s, *boots_s), tuple(deploys_s), self._plan.requests, boots_beside_s)

    async def _taken_over(self, host: Gateway, strategy: str) -> None:
        self._say("ccdeploy takes over")
        await ccdeploy(self._folder, "setup", "--host", strategy)
        await host.change("deploy", strategy, "release-1")

    async def _boot(self, host: Gateway) -> float:
        self._say("LiteLLM boots by itself, without load")
        return await asyncio.to_thread(boot_s, host.state, host.idle_port)

    async def _by_hand(self, host: Gateway) -> Phase:
        async with self._watched(host, BY_HAND, self._plan.gap_stream_s, host.ports[0]) as watched:
            watched.turns.append(await host.change_by_hand("hand-2"))
            await asyncio.to_thread(host.wait_for_hand)
        return _phase(watched)

    async def _restart(self, host: Gateway) -> tuple[Phase, tuple[float, ...]]:
        """Restart, each time right after a boot of LiteLLM alone, beside the same streams."""
        boots_s = []
        async with self._watched(host, RESTART, self._plan.gap_stream_s, host.ports[0]) as watched:
            for _ in range(self._plan.restarts):
                with watched.load.streams_only():
                    boots_s.append(await asyncio.to_thread(boot_s, host.state, host.idle_port))
                watched.turns.append(await host.change("restart", RESTART))
                self._say(f"restart: LiteLLM alone boots in {boots_s[-1]:.2f} s")
        return _phase(watched), tuple(boots_s)

    async def _idle(self, host: Gateway) -> tuple[list[float], list[float]]:
        """Measure LiteLLM's boot and a deploy without load, in turn: a machine that gets slower does so for both."""
        boots_s, deploys_s = [], []
        for number in range(self._plan.idle_deploys):
            boots_s.append(await self._boot(host))
            self._say("a deploy with blue-green, without load")
            deploys_s.append((await host.change("deploy", GREEN, f"idle-{number + 1}")).seconds)
        return boots_s, deploys_s

    async def _blue_green(self, host: Gateway) -> Phase:
        async with self._watched(host, GREEN, self._plan.green_stream_s) as watched:
            for number, verb in enumerate(self._plan.turns, 1):
                watched.turns.append(await host.change(verb, GREEN, f"green-{number}" if verb == "deploy" else None))
                self._say(
                    f"{number}. {verb} took {watched.turns[-1].seconds:.1f} s; {len(watched.load.answers)} requests"
                )
                await _until(watched.load, len(watched.load.answers) + 2 * CLIENTS)
            await _until(watched.load, self._plan.requests)
        return _phase(watched)

    @asynccontextmanager
    async def _watched(
        self, host: Gateway, name: str, stream_s: float, port: int | None = None
    ) -> AsyncIterator[Watched]:
        """Put the host under load until all streams have ended, probed all the while; nothing changes before it is."""
        self._say(f"{name}, under load")
        await _warmed(host)
        loads, calls = host.ollama("loads"), host.ollama("calls")
        load, way = Load(host.url, host.key, stream_s), Probe(host.state.ports["traefik"])
        direct = Probe(port or host.ports[0])
        watched = Watched(load)
        async with way, direct, load:
            await _until(load, 4 * CLIENTS)
            yield watched
        watched.phase = Phase(
            name,
            tuple(load.answers),
            tuple(watched.turns),
            tuple(way.gaps_s),
            tuple(direct.gaps_s) if port else (),
            host.ollama("loads") - loads,
            host.ollama("calls") - calls,
        )

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:5.0f} s  {text}", file=sys.stderr, flush=True)


def _phase(watched: Watched) -> Phase:
    assert watched.phase is not None  # noqa: S101  # filled where its context ends
    return watched.phase


async def _until(load: Load, answers: int) -> None:
    """Wait until so many requests have been answered."""
    while len(load.answers) < answers:
        await asyncio.sleep(_LOOK_S)


async def _warmed(host: Gateway) -> None:
    """Make both models resident: what is loaded from here on was loaded by a change."""
    headers = {"Authorization": f"Bearer {host.key}"}
    async with httpx.AsyncClient(base_url=host.url, headers=headers, timeout=60, trust_env=False) as client:
        for alias in ALIASES:
            one = await answered(client, Ask("whole", alias, 1))
            if one.fault is not None:
                raise SystemExit(f"{alias} does not answer before anything was changed: {one.fault}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
