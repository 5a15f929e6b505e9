"""The hosts that pages are read on: an empty one, and one as a person left it.

Each is OpenSSH's sshd on this machine with a home of its own, on which a stand-in for LiteLLM runs; Ollama is the
sandbox's stand-in, Traefik is real. The parts are those of the tests.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from docs.stories.names import Names
from docs.stories.reader import copied_project, environment, machine_names, made_tools, write_ssh_config
from docs.stories.world import World
from tests.support import fake_venv
from tests.support.bare_host import bare_host
from tests.support.gateway import is_open
from tests.support.neighbourhood import Neighbourhood
from tests.support.openssh import sshd, zsh_or_skip
from tests.support.package_index import package_index
from tests.support.reserved_ports import reserved_ports
from tests.support.studio import KEY
from tests.support.waiting import until

URL = "https://coder.example.com"
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


@contextmanager
def empty_host(folder: Path, around: Neighbourhood) -> Iterator[World]:
    """The project as it is cloned; a host with a Python and an empty home, whose pip finds wheels of the stand-in."""
    with ExitStack() as entered:
        entered.callback(around.end_all)
        bare = entered.enter_context(bare_host(folder, around))
        bare.use_index(entered.enter_context(package_index(folder / "index")).url)
        ports = entered.enter_context(reserved_ports())
        write_ssh_config(folder, bare.way["port"], bare.way["identity_file"], bare.way["known_hosts"])
        names = _names(folder, around, bare.way["port"], ports)
        around.route_to(ports[0], is_up=False)
        yield _settled(World(copied_project(folder), environment(folder, made_tools(folder)), names))


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
        yield _settled(World(copied_project(folder), environment(folder, made_tools(folder)), names))


@contextmanager
def _host(folder: Path, around: Neighbourhood) -> Iterator[tuple[Path, Names]]:
    """Run the sshd of a host whose home is a folder; yield that folder, not made yet, and the names."""
    home = folder / "home"
    with ExitStack() as entered:
        ports = entered.enter_context(reserved_ports())
        entered.callback(around.end_all)
        environment = {**around.mark, "HOME": str(home), "PATH": f"{home}/bin:/usr/local/bin:/usr/bin:/bin"}
        server = sshd(folder / "sshd", login_shell=zsh_or_skip(), environment=environment)
        target = entered.enter_context(server).target
        write_ssh_config(folder, target.port, str(target.identity_file), str(target.known_hosts))
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
            **machine_names(folder),
        }
    )


def _settled(world: World) -> World:
    world.settle()
    return world


def _start(line: str, root: Path, around: Neighbourhood) -> None:
    env = dict(pair.split("=", 1) for pair in (root / ".env").read_text().splitlines())
    subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=root,
        env={"PATH": os.environ["PATH"], **env, **around.mark},
        start_new_session=True,
        check=True,
    )
