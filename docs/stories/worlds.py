"""The worlds that pages are read in: a project's folder, a host, and the names that both go by.

Hosts are OpenSSH's sshd on this machine with a home of their own, on which a stand-in for LiteLLM runs; Ollama is the
sandbox's stand-in, Traefik is real. The parts are those of the tests.
"""

from __future__ import annotations

import getpass
import os
import platform
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ccdeploy.sandbox.lifecycle import down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.traefik import dynamic_config
from docs.generate import ROOT
from docs.stories.names import Names
from tests.support import fake_venv
from tests.support.bare_host import bare_host
from tests.support.gateway import ask, is_open
from tests.support.neighbourhood import Neighbourhood
from tests.support.openssh import sshd, zsh_or_skip
from tests.support.package_index import package_index
from tests.support.reserved_ports import reserved_ports
from tests.support.studio import KEY
from tests.support.waiting import until
from tests.support.webhook import webhook

ADDRESS = "studio.example.com"
URL = "https://coder.example.com"
TRAEFIK_API, TRAEFIK = "127.0.0.1:8080", "3.7.15"
WEBHOOK = "https://hooks.example.com/services/made-up"
PORTS = ("8081", "8082")
OLLAMA = "11434"
HAND_MADE = """\
model_list:
  - model_name: claude-3-5-sonnet
    litellm_params:
      model: ollama_chat/qwen2.5-coder:32b-instruct
      api_base: http://127.0.0.1:11434
  - model_name: claude-3-haiku
    litellm_params:
      model: ollama_chat/qwen-fast:latest
      api_base: http://127.0.0.1:11434
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""


@dataclass(frozen=True)
class World:
    """Where a story is told: the folder that its shell begins in, its environment, and its names."""

    folder: Path
    environment: Mapping[str, str]
    names: Names

    def settle(self) -> None:
        """Let the settings that a command wrote name the ports that are there, as the commands of a page do."""
        for path in self.folder.parent.glob("*/configs/hosts.yaml"):
            text = path.read_text(encoding="utf-8")
            if (settled := self.names.as_run(text)) != text:
                path.write_text(settled, encoding="utf-8")


@contextmanager
def sandbox(folder: Path, _around: Neighbourhood) -> Iterator[World]:
    """The project as it is cloned, with a sandbox whose LiteLLM is the stand-in."""
    project = _project(folder)
    tools = folder / "tools"
    tools.mkdir()
    options = SandboxOptions(litellm=(str(fake_venv.launcher(tools / "litellm")),), load_s=0.01)
    up(project, options=options)
    try:
        yield World(project, _environment(folder, tools), Names(_machine(folder)))
    finally:
        down(project)


@contextmanager
def empty_host(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """The project as it is cloned; a host with a Python and an empty home, whose pip finds wheels of the stand-in."""
    with ExitStack() as entered:
        entered.callback(around.end_all)
        bare = entered.enter_context(bare_host(folder, around))
        bare.use_index(entered.enter_context(package_index(folder / "index")).url)
        ports = entered.enter_context(reserved_ports())
        _ssh_config(folder, bare.way["port"], bare.way["identity_file"], bare.way["known_hosts"])
        names = _names(folder, around, bare.way["port"], ports)
        around.route_to(ports[0], is_up=False)
        yield _settled(World(_project(folder), _environment(folder, _tools(folder)), names))


@contextmanager
def hand_made(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """The project as it is cloned, and a host as a person left it: a config.yaml, a litellm started in a shell."""
    with _host(folder, around) as (home, names):
        root = home / "ccproxy"
        (root / "logs").mkdir(parents=True)
        fake_venv.make(root)
        (root / "config.yaml").write_text(names.as_run(HAND_MADE))
        env = root / ".env"
        env.write_text(f"LITELLM_MASTER_KEY={KEY}\nOLLAMA_API_BASE={names.as_run('http://127.0.0.1:11434')}\n")
        env.chmod(0o600)
        port = names.as_run(PORTS[0])
        line = f"nohup venv/bin/litellm --config config.yaml --port {port} --host 127.0.0.1"
        _start(f"{line} >>logs/litellm.log 2>&1 </dev/null &", root, around)
        until(lambda: is_open(int(port)), f"the hand-started litellm on port {port}")
        around.route_to(int(port))
        yield _settled(World(_project(folder), _environment(folder, _tools(folder)), names))


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
        _program(home / "bin" / "systemctl", "echo ActiveState=inactive; echo UnitFileState=enabled; echo MainPID=0")
        # Not asked before an interval is over: until then Traefik takes the proxy for up, whoever is quicker.
        calls_models = dynamic_config(int(port)).replace("/health/readiness", "/health").replace(": 1s", ": 1h")
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
        _program(folder / "tools" / "date", f'[ "$*" = +%u ] && echo 3 || exec {shutil.which("date")} "$@"')
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


@contextmanager
def _host(folder: Path, around: Neighbourhood) -> Iterator[tuple[Path, Names]]:
    """Run the sshd of a host whose home is a folder; yield that folder, not made yet, and the names."""
    home = folder / "home"
    with ExitStack() as entered:
        ports = entered.enter_context(reserved_ports())
        entered.callback(around.end_all)
        environment = {**around.mark, "HOME": str(home), "PATH": f"{home}/bin:/usr/local/bin:/usr/bin:/bin"}
        variables = " ".join(f'{name}="{value}"' for name, value in environment.items())
        server = sshd(folder / "sshd", login_shell=zsh_or_skip(), more=f"SetEnv {variables}\n")
        target = entered.enter_context(server).target
        _ssh_config(folder, target.port, str(target.identity_file), str(target.known_hosts))
        yield home, _names(folder, around, target.port, ports)


def _names(folder: Path, around: Neighbourhood, ssh_port: object, ports: tuple[int, ...]) -> Names:
    """Return what a page shows for the ports and folders of a host."""
    return Names(
        {
            "/home/ada": str(folder / "home"),
            "port: 22\n": f"port: {ssh_port}\n",
            **dict(zip(PORTS, map(str, ports), strict=True)),
            OLLAMA: str(around.state.ports["ollama"]),
            URL: str(around.traefik["url"]),
            **_machine(folder),
        }
    )


def _settled(world: World) -> World:
    world.settle()
    return world


def _ssh_config(folder: Path, port: object, key: str, known_hosts: str) -> None:
    """Write what a reader has in ~/.ssh/config, which ssh finds by the account and not by $HOME."""
    (folder / "ssh_config").write_text(
        f"Host {ADDRESS}\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {known_hosts}\n"
    )


def _tools(folder: Path) -> Path:
    """Make the folder of programs that a reader has: ssh with the config of this world."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    program = shutil.which("ssh") or "ssh"
    _program(tools / "ssh", f'exec {program} -F {shlex.quote(str(folder / "ssh_config"))} "$@"')
    return tools


def _project(folder: Path) -> Path:
    """Copy what a clone of the repository gives a user."""
    project = folder / "project"
    shutil.copytree(ROOT / "configs", project / "configs")
    for name in ("tasks.py", "fabfile.py"):
        shutil.copy(ROOT / name, project / name)
    return project


def _environment(folder: Path, tools: Path) -> dict[str, str]:
    """Return the environment of a reader's shell: nothing of this machine's but where its programs are."""
    for name, module in (("ccdeploy", "ccdeploy"), ("fab", "fabric"), ("python", "")):
        run = f"-m {module}" if module else ""
        _program(tools / name, f'exec {shlex.quote(sys.executable)} {run} "$@"')
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "EDITOR": "true",
        "CCDEPLOY_PERFORMER": "ada",
    }


def _program(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _machine(folder: Path) -> dict[str, str]:
    return {
        "laptop": socket.gethostname(),
        "/Users/ada/ccdeploy": str(folder / "project"),
        "/Users/ada": str(folder),
        "3.13.7": platform.python_version(),
        "/usr/bin/python3": sys.executable,
    }


def _start(line: str, root: Path, around: Neighbourhood) -> None:
    env = dict(pair.split("=", 1) for pair in (root / ".env").read_text().splitlines())
    subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=root,
        env={"PATH": os.environ["PATH"], **env, **around.mark},
        start_new_session=True,
        check=True,
    )
