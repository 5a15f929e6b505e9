"""Where a sandbox keeps what: every path under the project's `.ccdeploy/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The paths of the sandbox that belongs to the project at `folder` (absolute)."""

    folder: Path

    @property
    def kept(self) -> Path:
        """The folder of everything that ccdeploy keeps beside a project."""
        return self.folder / ".ccdeploy"

    @property
    def base(self) -> Path:
        """The sandbox's own folder; its path is also the mark on every process of the sandbox."""
        return self.kept / "sandbox"

    @property
    def lock(self) -> Path:
        """The file lock; outside `base`, which a fresh start removes."""
        return self.kept / "sandbox.lock"

    @property
    def state(self) -> Path:
        """What runs."""
        return self.base / "state.json"

    @property
    def ports(self) -> Path:
        """The ports to use each time; they outlive `down`, since files of the host name them."""
        return self.base / "ports.json"

    @property
    def ssh(self) -> Path:
        """Keys and known_hosts."""
        return self.base / "ssh"

    @property
    def ssh_log(self) -> Path:
        """One JSON line for each session that a client opened."""
        return self.base / "ssh.log"

    @property
    def traefik(self) -> Path:
        """Traefik's configuration."""
        return self.base / "traefik"

    @property
    def dynamic_file(self) -> Path:
        """The file of Traefik that a deploy may rewrite."""
        return self.traefik / "dynamic" / "ccproxy.yml"

    @property
    def home(self) -> Path:
        """The home folder of the user that logs in."""
        return self.base / "home"

    @property
    def root(self) -> Path:
        """The root of the proxy, as `root` in hosts.yaml."""
        return self.home / "ccproxy"

    @property
    def ollama_log(self) -> Path:
        """The log of the stand-in for Ollama, where the app for macOS has its own."""
        return self.home / ".ollama" / "logs" / "server.log"

    def output(self, part: str) -> Path:
        """The file that a part's own output goes to."""
        return self.base / f"{part}.out"


def layout_of(folder: Path) -> Layout:
    """Return the layout of a project's sandbox, with every link in the folder's path resolved."""
    return Layout(folder.resolve())
