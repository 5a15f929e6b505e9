"""What the hosts of a test session share: one SSH server of each kind, one Ollama, one Traefik.

A host of a test is a root folder, two ports and a stand-in litellm of its own (studio.py); it comes
and goes with its test, the neighbourhood stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccdeploy.sandbox.layout import layout_of
from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.processes import MARK, Process, end, marked
from ccdeploy.sandbox.traefik import dynamic_config
from tests.support.fake_venv import launcher
from tests.support.gateway import Answer, ask
from tests.support.openssh import sshd, zsh_or_skip
from tests.support.ssh_host import SshHost
from tests.support.waiting import until

SERVERS = ("asyncssh", "openssh-zsh")
_GRACE_S = 0.3  # what a test leaves behind serves nobody


@dataclass
class Neighbourhood:
    """The parts that run, and how each SSH server is reached."""

    state: State
    entered: ExitStack
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def mark(self) -> dict[str, str]:
        """The environment by which whatever runs here is found in the end."""
        return {MARK: str(layout_of(self.state.folder).base)}

    @property
    def ollama_url(self) -> str:
        """Where Ollama's stand-in answers."""
        return f"http://127.0.0.1:{self.state.ports['ollama']}"

    @property
    def traefik(self) -> dict[str, Any]:
        """The `traefik:` of a host of hosts.yaml."""
        return dict(self.state.host["traefik"])

    def commands(self) -> int:
        """Return how many commands asyncssh's server has run so far; each had a channel of its own."""
        log = layout_of(self.state.folder).ssh_log
        return log.read_text().count('"kind": "exec"') if log.exists() else 0

    def way(self, server: str) -> dict[str, Any]:
        """Return the `ssh:` of a host of hosts.yaml; starts OpenSSH's sshd at the first use, or skips."""
        if server not in self.ways:
            folder = self.state.folder / server
            host = self.entered.enter_context(sshd(folder, login_shell=zsh_or_skip(), environment=self.mark))
            self.ways[server] = way_to(host)
        return dict(self.ways[server])

    def route_to(self, port: int, *, is_up: bool = True) -> None:
        """Point Traefik at a port, and wait until requests get there, or would if it were up."""
        self._write_dynamic(dynamic_config(port))
        until(lambda: self._is_routed(port, is_up), f"Traefik leads to port {port}")

    @contextmanager
    def dynamic(self, text: str, service: str) -> Iterator[None]:
        """Give Traefik another dynamic file, and wait until it has its `service`; the old file comes back."""
        old = layout_of(self.state.folder).dynamic_file.read_text()
        self._write_dynamic(text)
        until(lambda: self._shown(service).status == 200, f"Traefik has {service}")
        try:
            yield
        finally:
            self._write_dynamic(old)
            until(lambda: self._shown(service).status == 404, f"Traefik has forgotten {service}")

    @contextmanager
    def led_by(self, text: str, port: int) -> Iterator[Path]:
        """Give Traefik a dynamic file of its own that leads to a port; yield it. The old one comes back."""
        file = layout_of(self.state.folder).dynamic_file
        old = file.read_text()
        self._write_dynamic(text)
        until(lambda: self._is_routed(port, is_up=False), f"Traefik leads to port {port}")
        try:
            yield file
        finally:
            self._write_dynamic(old)

    def _write_dynamic(self, text: str) -> None:
        dynamic = layout_of(self.state.folder).dynamic_file
        new = dynamic.with_name(".new")
        new.write_text(text)
        new.replace(dynamic)

    def _is_routed(self, port: int, is_up: bool) -> bool:
        shown = self._shown("ccproxy").json.get("serverStatus", {})
        return bool(shown == {f"http://127.0.0.1:{port}": "UP"} if is_up else f"http://127.0.0.1:{port}" in shown)

    def _shown(self, service: str) -> Answer:
        return ask(self.state.ports["traefik_api"], f"/api/http/services/{service}@file")

    def end_all(self) -> None:
        """End everything that tests started: proxies, their workers, scripts that hang."""
        parts = {part.process.pid for part in self.state.parts.values()}

        def left() -> list[Process]:
            return [p for p in marked(next(iter(self.mark.values()))) if p.pid not in parts]

        end(left, _GRACE_S)
        assert not left(), f"these do not end: {left()}"


def way_to(host: SshHost) -> dict[str, Any]:
    """Return the `ssh:` of a host of hosts.yaml that is reached through this server."""
    target = host.target
    return {
        "address": target.address,
        "port": target.port,
        "user": target.user,
        "identity_file": target.identity_file,
        "known_hosts": target.known_hosts,
    }


@contextmanager
def neighbourhood(folder: Path) -> Iterator[Neighbourhood]:
    """Bring the parts up, and down in the end whatever happened."""
    unused = folder / "unused"
    unused.mkdir()
    options = SandboxOptions(
        litellm=(str(launcher(unused / "litellm")),), hand_started=False, load_s=0.01, tokens_per_s=1000.0
    )
    with ExitStack() as entered:
        entered.callback(down, folder)
        state = up(folder, options=options)
        found = Neighbourhood(state, entered, {"asyncssh": dict(state.host["ssh"])})
        entered.callback(found.end_all)
        yield found
