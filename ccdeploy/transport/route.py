"""How to reach one host, complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Named:
    """The key and the known_hosts file that the settings name."""

    identity_file: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True)
class Route:
    """What the settings name of the way to a host, and OpenSSH's config for the rest.

    `known_hosts` lists the user's files first; a new key is written into `new_keys_file`, if anywhere.
    `named` is what the settings themselves name, which counts for the hosts on the way too.
    `by_hand` is the `ssh` command that goes the same way, for remedies.
    """

    address: str
    hostname: str
    port: int
    user: str
    identity_files: tuple[Path, ...]
    certificate_files: tuple[Path, ...]
    identities_only: bool
    agent_socket: str | None
    known_hosts: tuple[Path, ...]
    new_keys_file: Path | None
    hashes_names: bool
    host_key_alias: str | None
    accepts_new_keys: bool
    proxy_jump: str | None
    proxy_command: str | None
    timeout_s: float
    by_hand: str
    named: Named
    is_jump: bool = False

    @property
    def key_name(self) -> str:
        """The name under which known_hosts has this host."""
        if self.host_key_alias:
            return self.host_key_alias
        return self.hostname if self.port == 22 else f"[{self.hostname}]:{self.port}"

    @property
    def shown(self) -> str:
        """`user@host`, with the port where it is not 22."""
        return f"{self.user}@{self.hostname}" + ("" if self.port == 22 else f" port {self.port}")

    @property
    def is_straight(self) -> bool:
        """Whether the host is reached without another host or program between."""
        return not self.proxy_jump and not self.proxy_command
