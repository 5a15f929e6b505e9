"""The worlds that pages are read in, by the name that a page says: a project's folder, a host, and their names."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ccdeploy.sandbox.lifecycle import down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.traefik import dynamic_config
from docs.generate import ROOT
from docs.stories.hosts import PORTS, empty_host, hand_made
from docs.stories.names import Names
from docs.stories.reader import copied_project, environment, machine_names, write_program
from docs.stories.world import World
from tests.support import fake_venv
from tests.support.gateway import ask
from tests.support.neighbourhood import Neighbourhood
from tests.support.webhook import webhook

TRAEFIK_API, TRAEFIK = "127.0.0.1:8080", "3.7.15"
WEBHOOK = "https://hooks.example.com/services/made-up"


@contextmanager
def sandbox(folder: Path, _around: Neighbourhood) -> Iterator[World]:
    """The project as it is cloned, with a sandbox whose LiteLLM is the stand-in."""
    project = copied_project(folder)
    tools = folder / "tools"
    tools.mkdir()
    options = SandboxOptions(litellm=(str(fake_venv.launcher(tools / "litellm")),), load_s=0.01)
    up(project, options=options)
    try:
        yield World(project, environment(folder, tools), Names(machine_names(folder)))
    finally:
        down(project)


@contextmanager
def own_host(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """The hand-made host, which is the one that is meant where a command names none."""
    with hand_made(folder, around) as world:
        settings = world.folder / "configs" / "hosts.yaml"
        settings.write_text(settings.read_text().replace("defaults: {host: sandbox}", "defaults: {host: studio}"))
        yield world


@contextmanager
def faulty_host(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """The hand-made host with an open .env, a unit that starts a litellm too, and a health check that calls models."""
    with hand_made(folder, around) as world, ExitStack() as entered:
        api = around.state.ports["traefik_api"]
        version = str(ask(api, "/api/version").json["Version"])
        names = Names({**world.names.shown, TRAEFIK_API: f"127.0.0.1:{api}", TRAEFIK: version})
        settings = world.folder / "configs" / "hosts.yaml"
        text = settings.read_text().replace("api: null", f"api: http://127.0.0.1:{api}")
        settings.write_text(text.replace(names.as_run("port: 22\n"), "port: null\n"))  # ssh knows it
        home = folder / "home"
        (home / "ccproxy" / ".env").chmod(0o644)
        unit = home / ".config" / "systemd" / "user" / "litellm.service"
        unit.parent.mkdir(parents=True)
        port = names.as_run(PORTS[0])
        unit.write_text(f"[Service]\nExecStart={home}/ccproxy/venv/bin/litellm --port {port}\nRestart=always\n")
        write_program(
            home / "bin" / "systemctl", "echo ActiveState=inactive; echo UnitFileState=enabled; echo MainPID=0"
        )
        # Not asked before an interval is over: until then Traefik takes the proxy for up, whoever is quicker.
        calls_models = dynamic_config(int(port)).replace("/health/readiness", "/health").replace('"1s"', '"1h"')
        entered.enter_context(around.dynamic(calls_models.replace("ccproxy", "gateway"), "gateway"))
        yield replace(world, names=names)


@contextmanager
def talkative(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """A host of one's own whose proxy has warned of something, and a config that does not boot."""
    with own_host(folder, around) as world:
        configs = world.folder / "configs" / "litellm"
        good = (configs / "two-model.yaml").read_text()
        (configs / "broken.yaml").write_text(good + "  callbacks: [no_such_module.handler]\n")
        with (folder / "home" / "ccproxy" / "logs" / "litellm.log").open("a") as log:
            log.write("10:00:00 - LiteLLM Proxy:INFO: proxy_server.py:1 - a request came\n")
            log.write("10:00:01 - LiteLLM Router:WARNING: router.py:1 - coder is slow to answer\n")
        yield world


@contextmanager
def with_webhook(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """A host of one's own, a service that takes what is posted, a checkout of ccdeploy; and it is Wednesday."""
    with own_host(folder, around) as world, webhook(200) as (address, _):
        shutil.copytree(ROOT / "hooks", folder / "ccdeploy" / "hooks")
        write_program(folder / "tools" / "date", f'[ "$*" = +%u ] && echo 3 || exec {shutil.which("date")} "$@"')
        names = Names({**world.names.shown, WEBHOOK: address})
        yield replace(world, names=names)


WORLDS: dict[str, Callable[[Path, Neighbourhood], AbstractContextManager[World]]] = {
    "sandbox": sandbox,
    "empty-host": empty_host,
    "hand-made": hand_made,
    "own-host": own_host,
    "faulty-host": faulty_host,
    "talkative": talkative,
    "with-webhook": with_webhook,
}
