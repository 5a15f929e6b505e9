"""The embedded host under load: how its releases are told apart, and how each way of changing them is run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from boot import is_up
from ccdeploy.sandbox import lifecycle
from ccdeploy.sandbox.hand import start_by_hand
from ccdeploy.sandbox.layout import layout_of
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.parts import answers_http, wait_for_proxy, wait_for_route
from ccdeploy.sandbox.processes import Process
from ccdeploy.sandbox.state import State
from under_load import probe
from under_load.clients import ALIASES
from under_load.turns import Turn

CCDEPLOY = str(Path(sys.executable).parent / "ccdeploy")
CONFIG = "gateway"
MODELS = {ALIASES[0]: ("qwen2.5-coder:32b-instruct", 16384), ALIASES[1]: ("qwen-fast:latest", 8192)}
# Both models fit, whichever comes first: what is loaded during a change was not loaded by the load.
OPTIONS = SandboxOptions(hand_started=False, load_s=0.05, memory="64GB")
# Without a price LiteLLM looks for one with each answer, which is half of its work for a model of Ollama.
_FREE = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
HAND_SLEEP_S = 5.0  # "wait 5 seconds first", docs/explanation/incident.md
READY_S = 120.0


def config_text(release: str) -> str:
    """Return a config whose answers name the release: LiteLLM sends the id of a deployment with each."""
    models = [
        {
            "model_name": alias,
            "litellm_params": {
                "model": f"ollama_chat/{model}",
                "api_base": "os.environ/OLLAMA_API_BASE",
                "num_ctx": num_ctx,
                "keep_alive": -1,
                **_FREE,
            },
            "model_info": {"id": f"{release}.{alias}", "disable_background_health_check": True},
        }
        for alias, (model, num_ctx) in MODELS.items()
    ]
    config = {
        "model_list": models,
        "general_settings": {
            "master_key": "os.environ/LITELLM_MASTER_KEY",
            "background_health_checks": False,
            "health_check_skip_disabled_background_models": True,
        },
        "litellm_settings": {"drop_params": True, "num_retries": 0, "request_timeout": 600},
    }
    return yaml.safe_dump(config, sort_keys=False)


@dataclass
class Gateway:
    """The host. `serving` is the release that serves by now, `releases` what ccdeploy called each."""

    state: State
    serving: str = "hand-1"
    hand: Process | None = None
    releases: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The folder of the proxy."""
        return Path(self.state.host["root"])

    @property
    def url(self) -> str:
        """The way that users take: Traefik."""
        return str(self.state.host["traefik"]["url"])

    @property
    def ports(self) -> tuple[int, int]:
        """The first port, which a restart serves on, and the other one."""
        first, second = self.state.host["listen"]["ports"]
        return int(first), int(second)

    @property
    def idle_port(self) -> int:
        """The port that nothing listens on."""
        return next(port for port in self.ports if not is_up(port))

    @property
    def key(self) -> str:
        """The master key."""
        lines = (self.root / ".env").read_text().splitlines()
        return next(line.split("=", 1)[1] for line in lines if line.startswith("LITELLM_MASTER_KEY="))

    def ollama(self, name: str) -> int:
        """Return a count of the stand-in for Ollama: its `loads`, or its `calls`."""
        url = f"{self.state.host['ollama']['url']}/sandbox/log"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # the sandbox's own loopback port
            return int(json.load(answer)[name])

    def start_by_hand(self) -> None:
        """Start the proxy as the incident did, with the config that lies in root."""
        self.hand = start_by_hand(layout_of(self.state.folder), self.ports[0], self.state.options.login_shell)

    def wait_for_hand(self) -> None:
        """Wait until the proxy that was started by hand serves, through Traefik too."""
        if self.hand:
            wait_for_proxy(self.hand, self.ports[0], self.root / "logs" / "litellm.log", READY_S)
        wait_for_route(self.state.ports["traefik"], READY_S)

    async def change_by_hand(self, release: str) -> Turn:
        """Do what the incident did: copy the config, stop the proxy, start it under nohup, sleep 5, look."""
        began_s, old = time.monotonic(), self.serving
        (self.root / "config.yaml").write_text(config_text(release))
        if self.hand:
            os.kill(self.hand.pid, signal.SIGTERM)  # by its pid: what `pkill -f litellm` does, to ours alone
        self.start_by_hand()
        await asyncio.sleep(HAND_SLEEP_S)
        await asyncio.to_thread(answers_http, self.ports[0], "/v1/models")
        self.serving = release
        return Turn("by hand", old, release, began_s, time.monotonic())

    async def change(self, verb: str, host: str, release: str | None = None) -> Turn:
        """Run a verb of ccdeploy; `release` is what a deploy brings. Raises SystemExit when it does not end with 0."""
        words = [verb, "--host", host, "--json"]
        if release:
            (self.state.folder / f"configs/litellm/{CONFIG}.yaml").write_text(config_text(release))
            words.append(CONFIG)
        path = Path(self.state.host["traefik"]["dynamic_file"])
        pointing = asyncio.create_task(probe.pointed_s(path))
        try:
            began_s, old = time.monotonic(), self.serving
            attempt = json.loads(await ccdeploy(self.state.folder, *words))
            returned_s = time.monotonic()
        finally:
            pointing.cancel()
            with suppress(asyncio.CancelledError):
                await pointing
        named = str(attempt["release"])
        self.serving = self.releases.setdefault(named, release or old)
        pointed_s = None if pointing.cancelled() else pointing.result()
        return Turn(verb, old, self.serving, began_s, returned_s, pointed_s)


@contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    """Bring the embedded host up with a proxy that was started by hand; end all of it afterwards."""
    (folder / "configs/litellm").mkdir(parents=True)
    try:
        state = lifecycle.up(folder, options=OPTIONS)
        hosts = {name: {**state.host, "strategy": name} for name in ("restart", "blue-green")}
        (folder / "configs/hosts.yaml").write_text(yaml.safe_dump({"hosts": hosts}))
        found = Gateway(state)
        (found.root / "config.yaml").write_text(config_text(found.serving))
        found.start_by_hand()
        found.wait_for_hand()
        yield found
    finally:
        lifecycle.down(folder)


async def ccdeploy(folder: Path, *words: str) -> bytes:
    """Run ccdeploy in the project and return what it printed; interrupted, it is interrupted too and waited for."""
    process = await asyncio.create_subprocess_exec(
        CCDEPLOY,
        *words,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # else a Ctrl-C at the terminal would reach it twice
    )
    try:
        out, told = await process.communicate()
    except asyncio.CancelledError:
        process.send_signal(signal.SIGINT)
        await process.wait()
        raise
    if process.returncode:
        raise SystemExit(f"ccdeploy {' '.join(words)} ended with {process.returncode}:\n{told.decode()}")
    return out
