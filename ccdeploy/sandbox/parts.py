"""The three parts that stay up: SSH server, Ollama's stand-in, Traefik. How each starts, and when it is ready."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import ccdeploy
from ccdeploy.errors import Refused
from ccdeploy.sandbox.account import user_name
from ccdeploy.sandbox.layout import Layout
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.ports import LOOPBACK, is_free
from ccdeploy.sandbox.processes import MARK, Process, process_of, start_detached
from ccdeploy.sandbox.state import Part
from ccdeploy.sandbox.traefik import traefik_program

_POLL_S = 0.02
_EVIDENCE_LINES = 12


@dataclass(frozen=True)
class Recipe:
    """How one part starts. `ports` are the names of the ports that it binds, its own first."""

    name: str
    ports: tuple[str, ...]
    argv: tuple[str, ...]
    is_ready: Callable[[], bool]


class PortLost(Exception):
    """A part could not start because someone else took its port meanwhile."""


def recipes(layout: Layout, options: SandboxOptions, ports: Mapping[str, int]) -> list[Recipe]:
    """Return how the parts start that these options ask for."""
    wanted = [_ssh(layout, options, ports["ssh"]), _ollama(layout, options, ports["ollama"])]
    return [*wanted, _traefik(layout, ports)] if options.traefik else wanted


def start(recipe: Recipe, layout: Layout, ports: Mapping[str, int]) -> Part:
    """Start a part and return at once; `wait_ready` says whether it came up."""
    output = layout.output(recipe.name)
    pid = start_detached(list(recipe.argv), output=output, cwd=layout.base, env=part_environment(layout))
    process = process_of(pid) or Process(pid, 0.0)  # started in 1970: it is gone already, and wait_ready tells
    return Part(recipe.name, process, ports[recipe.ports[0]], recipe.argv)


def wait_ready(recipe: Recipe, part: Part, layout: Layout, ports: Mapping[str, int], timeout_s: float) -> None:
    """Wait until a part answers. Raises PortLost, or Refused with the end of its output."""
    deadline = time.monotonic() + timeout_s
    while not recipe.is_ready():
        if not part.is_alive:
            if not all(is_free(ports[name]) for name in recipe.ports):
                raise PortLost(recipe.name)
            raise _not_ready(f"{recipe.name} ended while it started", layout.output(recipe.name))
        if time.monotonic() > deadline:
            raise _not_ready(f"{recipe.name} is not ready after {timeout_s:g} s", layout.output(recipe.name))
        time.sleep(_POLL_S)


def wait_for_proxy(process: Process, port: int, log: Path, timeout_s: float) -> None:
    """Wait until the proxy on the port is ready. Raises Refused with the end of its log."""
    deadline = time.monotonic() + timeout_s
    while not answers_http(port, "/health/readiness"):
        if not process.is_alive:
            raise _not_ready("the hand-started litellm ended while it started", log)
        if time.monotonic() > deadline:
            raise _not_ready(f"the hand-started litellm is not ready after {timeout_s:g} s", log)
        time.sleep(_POLL_S)


def wait_for_route(port: int, timeout_s: float = 15.0) -> None:
    """Wait until Traefik's own health check has seen the proxy: it answers 503 until then."""
    deadline = time.monotonic() + timeout_s
    while not answers_http(port, "/health/readiness"):
        if time.monotonic() > deadline:
            raise Refused(
                f"sandbox: Traefik on port {port} does not reach the hand-started litellm after {timeout_s:g} s",
                hint="its view is at /api/http/services on its API port, which `ccdeploy sandbox status` names",
            )
        time.sleep(_POLL_S)


def part_environment(layout: Layout) -> dict[str, str]:
    """Return the environment of a part: nothing of the caller's that could change what it does."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(layout.home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(Path(ccdeploy.__file__).parent.parent),
        "PYTHONUNBUFFERED": "1",
        MARK: str(layout.base),
        **({"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}),
    }


def answers_http(port: int, path: str) -> bool:
    """Whether a GET on the port is answered with 200."""
    return _body(port, path) is not None


def last_lines(path: Path, count: int = _EVIDENCE_LINES) -> list[str]:
    """Return the last lines of a file; none when there is no file."""
    try:
        return path.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return []


def _ssh(layout: Layout, options: SandboxOptions, port: int) -> Recipe:
    argv = _python("ccdeploy.sandbox.ssh_server", "--base", str(layout.base), "--port", str(port))
    argv += ["--user", user_name(), "--shell", options.login_shell]
    if not options.forwarding:
        argv.append("--no-forwarding")
    return Recipe("ssh", ("ssh",), tuple(argv), lambda: _greets(port))


def _ollama(layout: Layout, options: SandboxOptions, port: int) -> Recipe:
    argv = _python("ccdeploy.sandbox.ollama", "--port", str(port), "--memory", options.memory)
    argv += ["--load-s", str(options.load_s), "--tokens-per-s", str(options.tokens_per_s)]
    argv += ["--log", str(layout.ollama_log)]
    return Recipe("ollama", ("ollama",), tuple(argv), lambda: answers_http(port, "/api/version"))


def _traefik(layout: Layout, ports: Mapping[str, int]) -> Recipe:
    argv = (traefik_program(), f"--configFile={layout.traefik / 'traefik.yml'}")
    api = ports["traefik_api"]
    return Recipe("traefik", ("traefik", "traefik_api"), argv, lambda: _routes(api))


def _python(module: str, *args: str) -> list[str]:
    # -P: the folder that it starts in is the sandbox's, and nothing is to be imported from there.
    return [sys.executable, "-P", "-m", module, *args]


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _routes(api: int) -> bool:
    """Whether Traefik has read its dynamic file: until then it answers 404 to everybody."""
    return b'"provider":"file"' in (_body(api, "/api/http/routers") or b"")


def _body(port: int, path: str) -> bytes | None:
    """Return the body of a GET that is answered with 200, else None."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2.0)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.read() if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _not_ready(what: str, output: Path) -> Refused:
    return Refused(
        f"sandbox: {what}",
        hint=f"its output is in {output}; `ccdeploy sandbox down` clears what is left",
        evidence=last_lines(output),
    )
